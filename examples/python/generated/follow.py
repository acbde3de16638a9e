from typing import Optional

from .base_model import BaseModel
from .fragments import LeadFields


class Follow(BaseModel):
    leadsChanged: "FollowLeadsChanged"


class FollowLeadsChanged(BaseModel):
    cursor: str
    kind: str
    lead: Optional["FollowLeadsChangedLead"]


FollowLeadsChangedLead = LeadFields
Follow.model_rebuild()
FollowLeadsChanged.model_rebuild()
