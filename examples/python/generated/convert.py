from typing import Optional

from .base_model import BaseModel
from .fragments import ErrorFields, LeadFields


class Convert(BaseModel):
    convertLead: "ConvertConvertLead"


class ConvertConvertLead(BaseModel):
    lead: Optional["ConvertConvertLeadLead"]
    company: Optional["ConvertConvertLeadCompany"]
    deal: Optional["ConvertConvertLeadDeal"]
    replayed: bool
    userErrors: list["ConvertConvertLeadUserErrors"]


ConvertConvertLeadLead = LeadFields


class ConvertConvertLeadCompany(BaseModel):
    id: str
    name: str


class ConvertConvertLeadDeal(BaseModel):
    id: str
    name: str


ConvertConvertLeadUserErrors = ErrorFields
Convert.model_rebuild()
ConvertConvertLead.model_rebuild()
