from typing import Optional

from .base_model import BaseModel
from .enums import ErrorCode, LeadState


class ErrorFields(BaseModel):
    code: ErrorCode
    message: str
    field: Optional[list[str]]
    fix: Optional[str]
    retryable: bool


class LeadFields(BaseModel):
    id: str
    version: int
    name: Optional[str]
    companyName: Optional[str]
    state: LeadState


ErrorFields.model_rebuild()
LeadFields.model_rebuild()
