"""How an upload is called outside."""

from uuid import UUID

from leadwell.base.ids import BadId, decode_id
from leadwell.transfer.refusals import NoSuchUpload

UPLOAD = 203


def upload_id(token: str) -> UUID:
    """NoSuchUpload for anything else."""
    try:
        return decode_id(token, UPLOAD)[1]
    except BadId:
        raise NoSuchUpload(field="upload") from None
