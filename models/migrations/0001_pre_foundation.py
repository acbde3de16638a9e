"""Every table, policy and function of the first release."""

from pathlib import Path

from tortoise.migrations import Migration as Base
from tortoise.migrations.operations import RunSQL

SQL = Path(__file__).parent / "sql"
FILES = (
    "0001_control",
    "0002_people",
    "0003_marketing",
    "0004_leads",
    "0005_timeline",
    "0006_nurture",
    "0007_scoring",
    "0008_work",
    "0009_security",
    "0010_functions",
    "0011_access",
    "0012_capture",
    "0013_search",
    "0014_dedupe",
    "0015_merging",
    "0016_records",
    "0017_timeline",
    "0018_transfer",
    "0019_forms",
    "0020_conversion",
    "0021_changes",
    "0022_enrichment",
    "0023_scoring",
    "0024_assignment",
    "0025_automation",
    "0026_sequences",
    "0027_pressure",
    "0028_mail",
    "0029_content",
    "0030_sandbox",
    "0031_signin",
    "0032_policy",
    "0033_audit",
    "0034_privacy",
    "0035_webhooks",
    "0036_outbound",
    "0037_statistics",
)


class Migration(Base):
    operations = [  # noqa: RUF012  Tortoise reads a plain list from the class
        RunSQL((SQL / f"{name}.sql").read_text()) for name in FILES]
