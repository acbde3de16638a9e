from typing import Optional

from .base_model import BaseModel
from .fragments import LeadFields


class Page(BaseModel):
    leads: "PageLeads"


class PageLeads(BaseModel):
    nodes: list["PageLeadsNodes"]
    pageInfo: "PageLeadsPageInfo"


PageLeadsNodes = LeadFields


class PageLeadsPageInfo(BaseModel):
    hasNextPage: bool
    endCursor: Optional[str]


Page.model_rebuild()
PageLeads.model_rebuild()
