from typing import Optional

from .base_model import BaseModel
from .fragments import ErrorFields, LeadFields


class Create(BaseModel):
    createLead: "CreateCreateLead"


class CreateCreateLead(BaseModel):
    lead: Optional["CreateCreateLeadLead"]
    attached: bool
    replayed: bool
    userErrors: list["CreateCreateLeadUserErrors"]


CreateCreateLeadLead = LeadFields
CreateCreateLeadUserErrors = ErrorFields
Create.model_rebuild()
CreateCreateLead.model_rebuild()
