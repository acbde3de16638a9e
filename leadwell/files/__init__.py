"""Files: announced, sent once, kept in a file store, attached to records, and swept when nobody wants them."""

from leadwell.files.attaching import ATTACHABLE, AttachNothing, attach, detach
from leadwell.files.links import Link, Purpose, read_link
from leadwell.files.port import FileLost, Store
from leadwell.files.sweeping import BATCH, REMOVE, removal, sweep
from leadwell.files.uploading import BadFile, FileNotStored, NewFile, Upload, UploadOver, announce, begin, finish

__all__ = [
    "ATTACHABLE", "BATCH", "REMOVE", "AttachNothing", "BadFile", "FileLost", "FileNotStored", "Link", "NewFile", "Purpose", "Store", "Upload", "UploadOver",
    "announce", "attach", "begin", "detach", "finish", "read_link", "removal", "sweep",
]  # fmt: skip
