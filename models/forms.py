"""Forms, raw submissions and imports: the doors leads come in by."""

from typing import Any

from tortoise import fields

from models.columns import Choice, Dated, Rows, Table, ToMany, ToOne, big, choice, public, text, texts
from models.leads import Intent
from models.people import MINE


class Form(Dated):
    """A public form: its fields, defaults and what follows."""

    tag = 23

    key = public(text(), "Public key the form is sent with.")
    name = public(text(), "Name people see.", sort=True)
    intent = public(choice(Intent, default=Intent.HAND_RAISE), "How much a submission asks for.")
    fields_ = public(fields.JSONField[list[dict[str, Any]]](source_field="fields"), "Its fields and what they fill.", where=False)
    consents = public(fields.JSONField[list[dict[str, Any]]](default=list), "Consents it asks for.", where=False)
    allowed_origins = public(texts(), "Sites it may be sent from; empty: any.", where=False)
    thank_you = public(text(null=True), "What the sender reads.")
    redirect_url = public(text(null=True), "Where the sender goes.")
    intro = public(text(null=True), "What stands above the fields of the hosted page.")
    button = public(text(null=True), "What stands on the button of the hosted page.")
    locale = public(text(default="en"), "The language it speaks, such as de or pt-BR.")
    words = public(fields.JSONField[dict[str, Any]](default=dict), "What it says otherwise than its language does.", where=False)
    country = public(text(null=True), "Where numbers without a country code are from.")
    double_opt_in = public(fields.BooleanField(default=False), "Nothing is made of a submission until its address is confirmed by mail.")
    opt_in_hours = public(fields.IntField(default=168), "How long the link of that mail is good for.")
    min_seconds = public(fields.IntField(default=0), "Who is faster than that is taken for a program.")
    proof_bits = public(fields.IntField(default=0), "How hard the browser has to work for a submission, in bits; 0: not at all.")
    per_minute = public(fields.IntField(null=True), "Submissions a minute; those above wait, parked.")
    is_active = public(fields.BooleanField(default=True), "Takes submissions.")
    source_id = fields.UUIDField(null=True)
    campaign_id = fields.UUIDField(null=True)
    owner_id = fields.UUIDField(null=True)
    queue_id = fields.UUIDField(null=True)
    sequence_id = fields.UUIDField(null=True)

    source = ToOne("Source", "source_id", "The source of its leads.")
    campaign = ToOne("Campaign", "campaign_id", "The campaign of its leads.")
    owner = ToOne("User", "owner_id", "Who gets its leads.")
    queue = ToOne("LeadQueue", "queue_id", "Which queue shares them out, where it has no owner.")
    sequence = ToOne("Sequence", "sequence_id", "The sequence its people enter.")
    submissions = ToMany("Submission", "form_id", "What was sent, newest first.", order="-received_at")

    class Meta(Table):
        table = "forms"


class SubmissionState(Choice):
    """What became of a submission."""

    RECEIVED = "RECEIVED", "Safe, not processed yet."
    PROCESSED = "PROCESSED", "Became what it should."
    PARKED = "PARKED", "Could not be processed; the reason says why."
    UNCONFIRMED = "UNCONFIRMED", "Waits until the person confirms the address."


class Submission(Dated):
    """The raw submission, kept before anything is made of it."""

    tag = 24
    owned_by = MINE.replace("{person}", "{t}.person_id")

    channel = public(text(), "The door it came by.")
    intent = public(choice(Intent), "How much it asks for.")
    payload = public(fields.JSONField[dict[str, Any]](), "What was sent, as it was sent.", see="contact_data", where=False)
    received_at = public(fields.DatetimeField(), "When it came.", sort=True)
    state = public(choice(SubmissionState, default=SubmissionState.RECEIVED), "What became of it.")
    reason = public(text(null=True), "Why it is parked.")
    outcome = public(text(null=True), "What it led to.")
    processed_at = public(fields.DatetimeField(null=True), "When it was processed.")
    row_number = public(big(null=True), "Row of the import's file.", where=False)
    dedupe_key = text(null=True)
    ip = text(null=True)
    user_agent = text(null=True)
    form_id = fields.UUIDField(null=True)
    import_id = fields.UUIDField(null=True)
    person_id = fields.UUIDField(null=True)
    lead_id = fields.UUIDField(null=True)
    activity_id = fields.UUIDField(null=True)

    form = ToOne("Form", "form_id", "The form.")
    import_ = ToOne("Import", "import_id", "The import.")
    person = ToOne("Person", "person_id", "The person it is from.")
    lead = ToOne("Lead", "lead_id", "The lead it created or joined.")
    activity = ToOne("Activity", "activity_id", "What it left on the timeline.")

    class Meta(Table):
        table = "submissions"


class ImportState(Choice):
    """Where an import stands."""

    READY = "READY", "Waits to be started."
    REHEARSING = "REHEARSING", "Its dry run is under way."
    RUNNING = "RUNNING", "Rows are being read."
    DONE = "DONE", "Every row was read."
    FAILED = "FAILED", "Stopped by an error; may be run again."
    CANCELED = "CANCELED", "Stopped by a person."
    REVERTING = "REVERTING", "What it did is being taken back."
    REVERTED = "REVERTED", "What it did was taken back, but for what people have changed since."


class Import(Dated):
    """A file being read into records of one noun."""

    tag = 40

    noun = public(text(), "What its rows become.")
    name = public(text(), "Name of the file.", sort=True)
    mapping = public(fields.JSONField[dict[str, Any]](), "Which column fills what.", where=False)
    options = public(fields.JSONField[dict[str, Any]](default=dict), "How rows are treated.", where=False)
    state = public(choice(ImportState, default=ImportState.RUNNING), "Where it stands.")
    total_rows = public(big(null=True), "Rows in the file, once counted.")
    done_rows = public(big(default=0), "Rows read.")
    created_count = public(big(default=0), "Rows that made a new record.")
    attached_count = public(big(default=0), "Rows that joined an existing one.")
    unchanged_count = public(big(default=0), "Rows that changed nothing.")
    failed_count = public(big(default=0), "Rows that could not be read.")
    conflict_count = public(big(default=0), "Values that were kept against what the file says.")
    reverted_count = public(big(default=0), "Records that its revert took back.")
    left_count = public(big(default=0), "Records and fields that its revert left alone, because people have changed them since.")
    preview = public(fields.JSONField[dict[str, Any] | None](null=True), "What its last dry run said.", where=False)
    error = public(text(null=True), "What stopped it.")
    file_hash = text()
    run = fields.IntField(default=1)
    upload_id = fields.UUIDField(null=True)
    actor = text(default="SYSTEM")
    reverted_by = text(null=True)

    class Meta(Table):
        table = "imports"


class ImportFault(Rows):
    """What was wrong with a row of an import."""

    import_id = fields.UUIDField(primary_key=True)
    row_number = big()
    column_name = text()
    code = text()
    message = text()
    is_kept = fields.BooleanField()
    row = fields.JSONField[Any](source_field="raw")

    class Meta(Table):
        table = "import_errors"


class ImportMention(Rows):
    """Whom a fault of an import names, as a keyed digest."""

    digest = fields.BinaryField(primary_key=True)
    import_id = fields.UUIDField()
    row_number = big()

    class Meta(Table):
        table = "import_mentions"


class ImportRows(Rows):
    """Rows of an import's file as they came, packed."""

    import_id = fields.UUIDField(primary_key=True)
    first_row = big()
    last_row = big()
    packed = fields.BinaryField()
    created_at = fields.DatetimeField()

    class Meta(Table):
        table = "import_rows"
