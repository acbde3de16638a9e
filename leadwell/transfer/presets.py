"""The export layouts of HubSpot, Salesforce, Pipedrive, Zoho and Dynamics: by which columns one is known, and what they fill. Pure.

Names are folded as `identity.key` folds them. What is not said here, the columns' own names say (`mapping`).

Sources. zoho: backups of Zoho CRM, whose columns `Record Id` and `… Owner.id` are published by those who read them; LEADID and TASKID are those of older
ones. salesforce: columns of reports as companies' importers expect them, and the objects' fields as Data Loader exports them (Object Reference of the
Salesforce Platform: Lead, Account, Contact, Opportunity, Task). hubspot: "Export your records" of its knowledge base: Record ID, then the properties by their
labels. pipedrive: the sample spreadsheets of its support center ("Person - Name", "Deal - Title") and its list of fields, "Pipedrive System ID" among them.
dynamics: "Export to Excel" of Power Apps with its first three columns "(Do Not Modify) …", then the columns of the view by their labels."""

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
    _layout("zoho", "Lead", "record id|lead owner id|last name", externalId="record id", createdAt="created time", owner="lead owner", LEFT_OUT="lead name"),
    _layout("zoho", "Company", "accountid|account name|account owner id", externalId="accountid", owner="account owner"),
    _layout("zoho", "Company", "record id|account name|account owner id", externalId="record id", parentId="parent account id", owner="account owner"),
    _layout("zoho", "Contact", "contactid|contact owner id|last name", externalId="contactid", companyId="account id", owner="contact owner"),
    _layout("zoho", "Contact", "record id|contact owner id|first name|last name", externalId="record id", companyId="account name id", owner="contact owner",
            LEFT_OUT="contact name"),
    _layout("zoho", "Deal", "potential name|potential owner|stage", name="potential name", owner="potential owner", leadId="leadid", closeOn="closing date",
            LEFT_OUT="expected revenue|type|forecast type|campaign id"),
    _layout("zoho", "Deal", "deal name|deal owner id|stage", name="deal name", externalId="record id|deal id", companyId="account name id",
            contactId="contact name id", owner="deal owner", reason="reason for loss", LEFT_OUT="expected revenue|type|contact name"),
    _layout("zoho", "Activity", "taskid|call start time|call owner", externalId="taskid", at="call start time", direction="call type", outcome="call purpose",
            duration="call duration in seconds", owner="call owner", contactId="contactid", companyId="accountid", dealId="potentialid", leadId="leadid",
            LEFT_OUT="call duration in minutes|created time"),
    _layout("zoho", "Activity", "eventid|event owner|start datetime", externalId="eventid", at="start datetime", owner="event owner", contactId="contactid",
            companyId="accountid", dealId="potentialid", leadId="leadid", LEFT_OUT="created time", SAYS="kind=meeting"),
    _layout("salesforce", "Lead", "lead owner|company account", externalId="lead id", owner="lead owner"),
    _layout("salesforce", "Lead", "id|lastname|company|leadsource|isconverted", externalId="id", firstName="firstname", mobile="mobilephone",
            postalCode="postalcode", employees="numberofemployees", createdAt="createddate", LEFT_OUT="name|status"),
    _layout("salesforce", "Company", "account name|billing city|billing state province", externalId="account id", parent="parent account"),
    _layout("salesforce", "Company", "id|name|parentid|billingcity|ownerid", externalId="id", parentId="parentid", revenue="annualrevenue"),
    _layout("salesforce", "Contact", "account name|last name|mailing city", externalId="contact id", companyId="account id", LEFT_OUT="account owner"),
    _layout("salesforce", "Contact", "account name|last name|contact owner", externalId="contact id", companyId="account id", LEFT_OUT="account owner"),
    _layout("salesforce", "Contact", "id|accountid|lastname|mailingcity|ownerid", externalId="id", companyId="accountid", mobile="mobilephone",
          LEFT_OUT="name"),
    _layout("salesforce", "Deal", "opportunity name|stage|close date", externalId="opportunity id", name="opportunity name",
            LEFT_OUT="type|fiscal period|expected revenue"),
    _layout("salesforce", "Deal", "id|accountid|stagename|closedate|amount", externalId="id", companyId="accountid", stage="stagename",
            LEFT_OUT="type|expectedrevenue|isclosed|iswon"),
    _layout("salesforce", "Activity", "id|whoid|whatid|subject|activitydate", externalId="id", contactId="whoid", dealId="whatid", at="activitydate",
            direction="calltype", kind="tasksubtype", LEFT_OUT="type|status|priority"),
    _layout("hubspot", "Lead", "record id|first name|last name|contact owner|lifecycle stage", externalId="record id", createdAt="create date",
            company="company name", owner="contact owner", LEFT_OUT="lead status|associated company|associated company ids"),
    _layout("hubspot", "Lead", "record id|contact owner|lifecycle stage", externalId="record id", createdAt="create date", company="company name",
            owner="contact owner", LEFT_OUT="lead status|associated company|associated company ids"),
    _layout("hubspot", "Contact", "record id|first name|last name|contact owner", externalId="record id", companyId="associated company ids",
            company="associated company"),
    _layout("hubspot", "Contact", "record id|first name|last name|contact owner|associated company ids", externalId="record id",
            companyId="associated company ids", company="associated company"),
    _layout("hubspot", "Contact", "record id|first name|last name|associated company ids", externalId="record id", companyId="associated company ids",
            company="associated company"),
    _layout("hubspot", "Company", "record id|company name|company owner", externalId="record id", domain="company domain name", parentId="parent company ids"),
    _layout("hubspot", "Company", "record id|company name|company domain name", externalId="record id", domain="company domain name"),
    _layout("hubspot", "Deal", "record id|deal name|deal stage", externalId="record id", contactId="associated contact ids", companyId="associated company ids",
            reason="closed lost reason", LEFT_OUT="deal type"),
    _layout("hubspot", "Activity", "record id|activity type|activity date", externalId="record id", kind="activity type", at="activity date"),
    _layout("pipedrive", "Lead", "lead title|lead id|lead owner", externalId="lead id", need="lead title", name="person name",
          email="person email work|person email",
            phone="person phone work|person phone", company="organization name", createdAt="lead lead created", budget="lead value", source="lead source",
            owner="lead owner"),
    *(_layout("pipedrive", "Contact", needs, externalId="person id|person pipedrive system id", name="person name",
              firstName="person first name", lastName="person last name", email="person email work|person email", phone="person phone work|person phone",
              mobile="person phone mobile", company="person organization|organization name", companyId="person organization id|organization id",
              owner="person owner", title="person job title|person title")
      for needs in ("person name|person id", "person name|person owner", "person name|person email", "person name|person email work")),
    _layout("pipedrive", "Company", "organization name|organization owner", externalId="organization id|organization pipedrive system id",
            name="organization name",
            street="organization address", owner="organization owner", website="organization website", industry="organization industry",
            employees="organization number of employees", revenue="organization annual revenue"),
    _layout("pipedrive", "Deal", "deal title|deal stage|deal owner", externalId="deal id|deal pipedrive system id", name="deal title", amount="deal value",
            currency="deal currency|deal currency of value", company="deal organization", stage="deal stage", pipeline="deal pipeline", state="deal status",
            closeOn="deal expected close date", closedAt="deal deal closed on", reason="deal lost reason", owner="deal owner", probability="deal probability"),
    _layout("pipedrive", "Activity", "activity subject|activity type|activity due date", externalId="activity id|activity pipedrive system id",
            subject="activity subject", kind="activity type", at="activity due date", duration="activity duration", body="activity note",
            owner="activity assigned to user", email="person email work|person email"),
    _layout("dynamics", "Lead", "do not modify lead|do not modify row checksum", externalId="do not modify lead", need="topic|subject",
            phone="business phone", createdAt="created on", postalCode="zip postal code", street="street 1", region="state or province|state province",
            LEFT_OUT="do not modify row checksum|do not modify modified on|status reason"),
    _layout("dynamics", "Company", "do not modify account|account name", externalId="do not modify account", name="account name", phone="main phone",
            parent="parent account", city="address 1 city", LEFT_OUT="email|primary contact|do not modify row checksum|do not modify modified on"),
    _layout("dynamics", "Contact", "do not modify contact|full name", externalId="do not modify contact", name="full name", company="company name|account name",
            phone="business phone", LEFT_OUT="do not modify row checksum|do not modify modified on"),
    _layout("dynamics", "Deal", "do not modify opportunity|topic", externalId="do not modify opportunity", name="topic", amount="est revenue",
            closeOn="est close date", company="account|potential customer", stage="pipeline phase|sales stage", state="status",
            LEFT_OUT="do not modify row checksum|do not modify modified on|rating|status reason|contact"),
    _layout("dynamics", "Activity", "do not modify activity|subject|activity type", externalId="do not modify activity", kind="activity type", at="due date",
            LEFT_OUT="regarding|priority|do not modify row checksum|do not modify modified on"),
)  # fmt: skip


def layout_of(folded: Sequence[str], noun: str | None = None) -> Layout | None:
    """The layout that needs most of what is there; of several the first. Any noun's, or that of one."""
    there = set(folded)
    fitting = [layout for layout in LAYOUTS if layout.needs <= there and noun in (None, layout.noun)]
    return max(fitting, key=lambda layout: len(layout.needs), default=None)
