from typing import Optional

from .base_model import BaseModel
from .fragments import ErrorFields


class Register(BaseModel):
    createWebhookEndpoint: "RegisterCreateWebhookEndpoint"


class RegisterCreateWebhookEndpoint(BaseModel):
    webhookEndpoint: Optional["RegisterCreateWebhookEndpointWebhookEndpoint"]
    secret: Optional[str]
    userErrors: list["RegisterCreateWebhookEndpointUserErrors"]


class RegisterCreateWebhookEndpointWebhookEndpoint(BaseModel):
    id: str


RegisterCreateWebhookEndpointUserErrors = ErrorFields
Register.model_rebuild()
RegisterCreateWebhookEndpoint.model_rebuild()
