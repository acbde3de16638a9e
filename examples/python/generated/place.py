from .base_model import BaseModel


class Place(BaseModel):
    eventCursor: str
