"""Purchases: money spent, each told once; a buyer who is no contact yet becomes one."""

from leadwell.purchases.buyers import Buyer
from leadwell.purchases.recording import NewPurchase, Recorded, record
from leadwell.purchases.refusals import BadPurchase, BuyerRequired, PurchaseExists, RefundTooLarge
from leadwell.purchases.settling import settle, settle_by_person

__all__ = ["BadPurchase", "Buyer", "BuyerRequired", "NewPurchase", "PurchaseExists", "Recorded", "RefundTooLarge", "record", "settle", "settle_by_person"]
