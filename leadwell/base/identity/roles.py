"""Local parts that name a function, not a person."""

import re

_LIST = """
abuse accounting accounts accountspayable accountsreceivable admin administracion administration administrator ads
advertising all ap ar b2b bestellung bewerbung billing booking bookings buchhaltung business buyer careers ceo cfo
claims commercial comercial community compliance compras comptabilite contact contacto contactus contact-us contato
cto customercare customers customerservice customer.service datenschutz deals delivery demo design dev devnull
direction direktion dpo editor editorial einkauf email empfang employment enquiries enquiry events export facturacion
facturas facturation feedback finance finanzen fax ftp general geschaeftsleitung group hello help helpdesk hi hola
home hostmaster hr humanresources info infos information informacion infodesk inquiries inquiry insurance
international investor investors invest invoice invoices invoicing it jobs kontakt kundenservice lead leads legal
letters list list-request logistics mail mailbox mailer-daemon mailerdaemon mail-daemon management manager marketing
media members membership moderator news newsletter no-reply no_reply noc noreply nobody office offers operations ops
order orders partner partners partnerships payable payments payroll personal personalabteilung postmaster post
presse press pr privacy procurement production projects purchase purchasing rechnung rechnungen reception recruiting
recruitment recrutement registrar registration remove reply request reservation reservations reservas returns rh root
sales salesteam school secretariat secretary sekretariat security service services servicio shipping shop spam staff
store subscribe subscriptions studio supplier suppliers support suporte sysadmin tax team tech technical
technicalsupport test training trade travel unsubscribe usenet uucp vendor vendors ventas verkauf verwaltung
vente ventes web webadmin webmaster welcome work www
"""
_NAMES = frozenset(_LIST.split())
_TAIL = re.compile(r"\d{1,3}$")


def is_role(local: str) -> bool:
    """Whether "info", "sales.de", "support2" and the like: the first word of the local part is a known function."""
    base = local.casefold().partition("+")[0]
    if base in _NAMES or _TAIL.sub("", base) in _NAMES:
        return True
    if base.replace("-", "").replace(".", "").replace("_", "") in _NAMES:
        return True
    head, dot, tail = base.replace("_", ".").replace("-", ".").partition(".")
    return bool(dot) and head in _NAMES and len(tail) <= 3
