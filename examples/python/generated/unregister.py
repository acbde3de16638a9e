from .base_model import BaseModel
from .fragments import ErrorFields


class Unregister(BaseModel):
    archiveWebhookEndpoint: "UnregisterArchiveWebhookEndpoint"


class UnregisterArchiveWebhookEndpoint(BaseModel):
    userErrors: list["UnregisterArchiveWebhookEndpointUserErrors"]


UnregisterArchiveWebhookEndpointUserErrors = ErrorFields
Unregister.model_rebuild()
UnregisterArchiveWebhookEndpoint.model_rebuild()
