"""Headers as the products export them: each is known again and fills what it should, so that nobody maps columns by hand."""

import csv

import pytest

from leadwell.transfer.mapping import guess, map_columns

# Recorded: the columns of backups and exports as programs that read them publish them, of the vendors' own sample files, or of their object references.
HEADERS = {
    "zoho Lead": "Record Id,Lead Owner.id,Lead Owner,Is Converted,Company,First Name,Last Name,Email,Phone,Mobile,Lead Source,Lead Status,Created By.id,"
    "Created By,Modified By.id,Modified By,Created Time,Modified Time,Lead Name,Street,City,State,Zip Code,Email Opt Out,Salutation,Last Activity Time",
    "zoho Contact": "Record Id,Contact Owner.id,Contact Owner,Lead Source,First Name,Last Name,Account Name.id,Account Name,Email,Title,Phone,Fax,Mobile,"
    "Created Time,Modified Time,Contact Name,Mailing Street,Mailing City,Mailing State,Mailing Zip,Email Opt Out,Salutation,Secondary Email",
    "zoho Company": "Record Id,Account Owner.id,Account Owner,Account Name,Phone,Parent Account.id,Website,Account Type,Created Time,Modified Time,"
    "Billing Street,Billing City,Billing State,Billing Code,Billing Country,Locked",
    "zoho Deal": "Record Id,Deal Owner.id,Deal Owner,Deal Name,Account Name.id,Account Name,Contact Name.id,Contact Name,Amount,Stage,Closing Date,"
    "Description,Created Time,Modified Time,Last Activity Time,Pipeline.id,Pipeline,Reason For Loss",
    "hubspot Contact": "Record ID,First Name,Last Name,Email,Phone Number,Lead Status,Create Date,Associated Company,Country/Region,Contact owner",
    "hubspot Lead": "Record ID,First Name,Last Name,Email,Phone Number,Lifecycle Stage,Contact owner,Create Date",
    "hubspot Company": "Record ID,Company name,Website URL,Company owner,Create Date",
    "hubspot Deal": "Record ID,Deal Name,Deal Stage,Amount,Deal owner,Close Date,Create Date,Associated Company IDs,Associated Contact IDs,Lead source",
    "salesforce Lead": "Lead Owner,First Name,Last Name,Title,Company / Account,Lead Source,Rating,Street,Email",
    "salesforce Lead 2": "Id,IsDeleted,MasterRecordId,LastName,FirstName,Salutation,Name,Title,Company,Street,City,State,PostalCode,Country,Phone,MobilePhone,"
    "Email,Website,Description,LeadSource,Status,Industry,Rating,NumberOfEmployees,OwnerId,IsConverted,CreatedDate",
    "salesforce Contact": "Salutation,First Name,Last Name,Title,Mailing Street,Mailing City,Mailing State/Province,Mailing Zip/Postal Code,Mailing Country,"
    "Phone,Mobile,Fax,Email,Account Owner,Account Name",
    "salesforce Company": "Account Name,Annual Revenue,Billing Street,Billing City,Billing State/Province,Billing Zip/Postal Code,Billing Country,Description,"
    "Employees,Fax,Industry,Phone,Shipping Street,Shipping City,Type,Website",
    "salesforce Deal": "Opportunity Owner,Account Name,Opportunity Name,Stage,Fiscal Period,Amount,Expected Revenue,Probability (%),Age,Close Date,"
    "Created Date,Next Step,Lead Source,Type",
    "salesforce Deal 2": "Id,IsDeleted,AccountId,Name,Description,StageName,Amount,Probability,ExpectedRevenue,CloseDate,Type,NextStep,LeadSource,IsClosed,"
    "IsWon",
    "salesforce Activity": "Id,WhoId,WhatId,Subject,ActivityDate,Status,Priority,OwnerId,Description,Type,AccountId,CallDurationInSeconds,CallType,"
    "TaskSubtype",
    "pipedrive Contact": "Person - Name,Person - First name,Person - Last name,Person - Phone - Work,Person - Phone - Mobile,Person - Email - Work,"
    "Person - Email - Home,Person - Email - Other,Person - Organization,Person - Owner,Person - ID",
    "pipedrive Contact 2": "Person - ID,Person - Name,Person - Email,Person - Phone,Organization - Name,Person - Last activity date",
    "pipedrive Company": "Organization - ID,Organization - Name,Organization - Address,Organization - Owner,Organization - People",
    "pipedrive Deal": "Deal - ID,Deal - Title,Deal - Value,Deal - Currency of Value,Deal - Organization,Deal - Contact person,Deal - Pipeline,Deal - Stage,"
    "Deal - Status,Deal - Owner,Deal - Expected close date,Deal - Won time,Deal - Lost time,Deal - Lost reason,Deal - Probability",
    "pipedrive Activity": "Activity - Subject,Activity - Type,Activity - Due date,Activity - Due time,Activity - Done,Activity - Note,"
    "Activity - Assigned to user,Deal - Title,Person - Name,Person - Email,Organization - Name",
    "dynamics Lead": "(Do Not Modify) Lead,(Do Not Modify) Row Checksum,(Do Not Modify) Modified On,Subject,First Name,Last Name,Job Title,Company Name,Email,"
    "Business Phone,Country,State or Province",
    "dynamics Lead 2": "(Do Not Modify) Lead,(Do Not Modify) Row Checksum,(Do Not Modify) Modified On,Name,Topic,Status Reason,Created On",
    "dynamics Company": "(Do Not Modify) Account,(Do Not Modify) Row Checksum,(Do Not Modify) Modified On,Account Name,Main Phone,Address 1: City,"
    "Primary Contact,Email (Primary Contact)",
    "dynamics Contact": "(Do Not Modify) Contact,(Do Not Modify) Row Checksum,(Do Not Modify) Modified On,Full Name,Company Name,Job Title,Email,"
    "Business Phone,Mobile Phone",
    "dynamics Deal": "(Do Not Modify) Opportunity,(Do Not Modify) Row Checksum,(Do Not Modify) Modified On,Topic,Potential Customer,Est. close date,"
    "Est. revenue,Contact,Probability,Rating,Status,Status Reason,Pipeline Phase",
}  # fmt: skip
FILL = {
    "zoho Lead": "externalId owner company firstName lastName email phone mobile source createdAt street city region postalCode prefix",
    "zoho Contact": "externalId owner source firstName lastName companyId company email title phone mobile street city region postalCode prefix",
    "zoho Company": "externalId owner name phone parentId website street city region postalCode country",
    "zoho Deal": "externalId owner name companyId company contactId amount stage closeOn pipeline reason",
    "hubspot Contact": "externalId firstName lastName email phone company country owner",
    "hubspot Lead": "externalId firstName lastName email phone owner createdAt",
    "hubspot Company": "externalId name website owner",
    "hubspot Deal": "externalId name stage amount owner closeOn companyId contactId source",
    "salesforce Lead": "owner firstName lastName title company source street email",
    "salesforce Lead 2": "externalId lastName firstName prefix title company street city region postalCode country phone mobile email website need source "
    "industry employees createdAt",
    "salesforce Contact": "prefix firstName lastName title street city region postalCode country phone mobile email company",
    "salesforce Company": "name revenue street city region postalCode country employees industry phone website",
    "salesforce Deal": "owner company name stage amount probability closeOn source",
    "salesforce Deal 2": "externalId companyId name stage amount probability closeOn source",
    "salesforce Activity": "externalId contactId dealId subject at body companyId duration direction kind",
    "pipedrive Contact": "name firstName lastName phone mobile email company owner externalId",
    "pipedrive Contact 2": "externalId name email phone company",
    "pipedrive Company": "externalId name street owner",
    "pipedrive Deal": "externalId name amount currency company pipeline stage state owner closeOn closedAt reason probability",
    "pipedrive Activity": "subject kind at body owner email",
    "dynamics Lead": "externalId need firstName lastName title company email phone country region",
    "dynamics Lead 2": "externalId name need createdAt",
    "dynamics Company": "externalId name phone city",
    "dynamics Contact": "externalId name company title email phone mobile",
    "dynamics Deal": "externalId name company closeOn amount probability state stage",
}


@pytest.mark.parametrize("export", HEADERS)
def test_export_of_a_product_is_known_by_its_header_and_maps_itself(export: str) -> None:
    columns, (system, noun) = next(csv.reader([HEADERS[export]])), export.split()[:2]
    guessed = guess(columns)
    assert (guessed.system, guessed.noun) == (system, noun)
    assert " ".join(map_columns(columns, {}, noun).fields.values()) == FILL[export]
    shuffled = map_columns(columns[::-1], {}, noun)
    assert (shuffled.system, sorted(shuffled.fields.values())) == (system, sorted(FILL[export].split()))
