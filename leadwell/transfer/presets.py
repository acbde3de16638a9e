"""The export layouts of HubSpot, Salesforce, Pipedrive, Zoho and Dynamics: by which columns one is known, and what they fill. Pure.

Names are folded as `identity.key` folds them. What is not said here, the columns' own names say (`mapping`)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Layout:
    """An export known by its columns: what they fill beyond what their names say, and whose external ids they hold. "-" leaves one out. `says`: what holds for
    every row of it."""

    system: str
    noun: str
    needs: frozenset[str]
    more: Mapping[str, str]
    says: Mapping[str, str]


def _layout(system: str, noun: str, needs: str, **more: str) -> Layout:
    """`more`: field = "column|column"; LEFT_OUT = columns that say something else than their names; SAYS = "field=value"."""
    says = dict([more.pop("SAYS").split("=")]) if "SAYS" in more else {}
    left = {name: "-" for name in more.pop("LEFT_OUT", "").split("|") if name}
    return Layout(system, noun, frozenset(needs.split("|")), left | {name: field for field, names in more.items() for name in names.split("|")}, says)


LAYOUTS = (
    _layout("leadwell", "Lead", "leadwell lead id", externalId="leadwell lead id", company="companyname", website="companywebsite", firstName="firstname",
            lastName="lastname", owner="owner name", status="status name", source="source name", campaign="campaign name",
            LEFT_OUT="company name|person name|createdat|updatedat|state"),
    _layout("leadwell", "Contact", "leadwell contact id", externalId="leadwell contact id", firstName="firstname", lastName="lastname", owner="owner name",
            source="source name", company="company name", LEFT_OUT="person name|createdat|updatedat"),
    _layout("leadwell", "Company", "leadwell company id", externalId="leadwell company id", owner="owner name", parent="parent name", postalCode="postalcode",
            LEFT_OUT="kind|createdat|updatedat|lastactivityat"),
    _layout("leadwell", "Deal", "leadwell deal id", externalId="leadwell deal id", company="company name", owner="owner name", stage="stage name",
            pipeline="pipeline name", source="source name", campaign="campaign name", closeOn="closeon", LEFT_OUT="createdat|updatedat|lead name|state"),
    _layout("leadwell", "Activity", "leadwell activity id", externalId="leadwell activity id", at="at", duration="durationseconds", owner="user name",
            LEFT_OUT="createdat"),
    _layout("zoho", "Lead", "leadid|lead owner|lead status|converted", externalId="leadid", createdAt="created time"),
    _layout("zoho", "Lead", "lead id|lead owner id|lead owner|lead status", externalId="lead id", createdAt="created time"),
    _layout("zoho", "Company", "accountid|account name|account owner id", externalId="accountid", owner="account owner"),
    _layout("zoho", "Company", "account id|account name|account owner id|account owner", externalId="account id", owner="account owner"),
    _layout("zoho", "Contact", "contactid|contact owner id|last name", externalId="contactid", companyId="account id", owner="contact owner"),
    _layout("zoho", "Contact", "contact id|contact owner id|last name", externalId="contact id", companyId="account name id", owner="contact owner"),
    _layout("zoho", "Deal", "potential name|potential owner|stage", name="potential name", owner="potential owner", leadId="leadid", closeOn="closing date",
            LEFT_OUT="expected revenue|type|forecast type|campaign id"),
    _layout("zoho", "Deal", "deal name|deal owner id|stage", name="deal name", externalId="deal id", companyId="account name id",
          LEFT_OUT="expected revenue|type"),
    _layout("zoho", "Activity", "taskid|call start time|call owner", externalId="taskid", at="call start time", direction="call type", outcome="call purpose",
            duration="call duration in seconds", owner="call owner", contactId="contactid", companyId="accountid", dealId="potentialid", leadId="leadid",
            LEFT_OUT="call duration in minutes|created time"),
    _layout("zoho", "Activity", "eventid|event owner|start datetime", externalId="eventid", at="start datetime", owner="event owner", contactId="contactid",
            companyId="accountid", dealId="potentialid", leadId="leadid", LEFT_OUT="created time", SAYS="kind=meeting"),
    _layout("salesforce", "Lead", "lead id|lead owner|lead status|company account", externalId="lead id"),
    _layout("salesforce", "Lead", "id|lastname|company|leadsource|isconverted", externalId="id", firstName="firstname", mobile="mobilephone",
            postalCode="postalcode", employees="numberofemployees", createdAt="createddate", LEFT_OUT="name|status"),
    _layout("salesforce", "Company", "account id|account name|account owner|billing city", externalId="account id", parent="parent account"),
    _layout("salesforce", "Company", "id|name|parentid|billingcity|ownerid", externalId="id", parentId="parentid", revenue="annualrevenue"),
    _layout("salesforce", "Contact", "contact id|account name|contact owner|last name", externalId="contact id", companyId="account id"),
    _layout("salesforce", "Contact", "id|accountid|lastname|mailingcity|ownerid", externalId="id", companyId="accountid", mobile="mobilephone",
          LEFT_OUT="name"),
    _layout("salesforce", "Deal", "opportunity id|opportunity name|stage|close date", externalId="opportunity id", name="opportunity name",
            LEFT_OUT="type|fiscal period|expected revenue"),
    _layout("salesforce", "Deal", "id|accountid|stagename|closedate|amount", externalId="id", companyId="accountid", stage="stagename",
            LEFT_OUT="type|expectedrevenue|isclosed|iswon"),
    _layout("salesforce", "Activity", "id|whoid|whatid|subject|activitydate", externalId="id", contactId="whoid", dealId="whatid", at="activitydate",
            direction="calltype", kind="tasksubtype", LEFT_OUT="type|status|priority"),
    _layout("hubspot", "Lead", "record id|contact owner|lifecycle stage", externalId="record id", createdAt="create date", company="company name",
            LEFT_OUT="lead status|associated company|associated company ids"),
    _layout("hubspot", "Contact", "record id|first name|last name|contact owner|associated company ids", externalId="record id",
            companyId="associated company ids", company="associated company"),
    _layout("hubspot", "Company", "record id|company name|company owner", externalId="record id", domain="company domain name", parentId="parent company ids"),
    _layout("hubspot", "Company", "record id|company name|company domain name", externalId="record id", domain="company domain name"),
    _layout("hubspot", "Deal", "record id|deal name|deal stage", externalId="record id", contactId="associated contact ids", companyId="associated company ids",
            reason="closed lost reason", LEFT_OUT="deal type"),
    _layout("hubspot", "Activity", "record id|activity type|activity date", externalId="record id", kind="activity type", at="activity date"),
    _layout("pipedrive", "Lead", "lead title|lead id|lead owner", externalId="lead id", need="lead title", name="person name",
          email="person email work|person email",
            phone="person phone work|person phone", company="organization name", createdAt="lead lead created", budget="lead value", source="lead source",
            owner="lead owner"),
    _layout("pipedrive", "Contact", "person name|person id|person owner", externalId="person id", name="person name", email="person email work|person email",
            phone="person phone work|person phone", mobile="person phone mobile", company="person organization|organization name",
            companyId="person organization id", owner="person owner", title="person job title"),
    _layout("pipedrive", "Company", "organization name|organization id|organization owner", externalId="organization id", name="organization name",
            street="organization address", owner="organization owner", website="organization website", industry="organization industry",
            employees="organization number of employees", revenue="organization annual revenue"),
    _layout("pipedrive", "Deal", "deal title|deal stage|deal owner", externalId="deal id", name="deal title", amount="deal value",
            currency="deal currency|deal currency of value", company="deal organization", stage="deal stage", pipeline="deal pipeline", state="deal status",
            closeOn="deal expected close date", closedAt="deal deal closed on", reason="deal lost reason", owner="deal owner", probability="deal probability"),
    _layout("pipedrive", "Activity", "activity subject|activity type|activity due date", externalId="activity id", subject="activity subject",
            kind="activity type", at="activity due date", duration="activity duration", body="activity note", owner="activity assigned to user"),
    _layout("dynamics", "Lead", "do not modify lead|topic", externalId="do not modify lead", need="topic", phone="business phone", createdAt="created on",
            postalCode="zip postal code", street="street 1", LEFT_OUT="name|do not modify row checksum|do not modify modified on|status reason"),
    _layout("dynamics", "Company", "do not modify account|account name", externalId="do not modify account", name="account name", phone="main phone",
            parent="parent account", city="address 1 city", LEFT_OUT="email|primary contact|do not modify row checksum|do not modify modified on"),
    _layout("dynamics", "Contact", "do not modify contact|full name", externalId="do not modify contact", name="full name", company="company name|account name",
            phone="business phone", LEFT_OUT="do not modify row checksum|do not modify modified on"),
    _layout("dynamics", "Deal", "do not modify opportunity|topic", externalId="do not modify opportunity", name="topic", amount="est revenue",
            closeOn="est close date", company="account|potential customer", LEFT_OUT="do not modify row checksum|do not modify modified on|rating|status"),
    _layout("dynamics", "Activity", "do not modify activity|subject|activity type", externalId="do not modify activity", kind="activity type", at="due date",
            LEFT_OUT="regarding|priority|do not modify row checksum|do not modify modified on"),
)  # fmt: skip


def layout_of(folded: Sequence[str], noun: str | None = None) -> Layout | None:
    """The layout that needs most of what is there; of several the first. Any noun's, or that of one."""
    there = set(folded)
    fitting = [layout for layout in LAYOUTS if layout.needs <= there and noun in (None, layout.noun)]
    return max(fitting, key=lambda layout: len(layout.needs), default=None)
