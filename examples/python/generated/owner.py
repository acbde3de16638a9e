from .base_model import BaseModel


class Owner(BaseModel):
    users: "OwnerUsers"


class OwnerUsers(BaseModel):
    nodes: list["OwnerUsersNodes"]


class OwnerUsersNodes(BaseModel):
    id: str
    name: str


Owner.model_rebuild()
OwnerUsers.model_rebuild()
