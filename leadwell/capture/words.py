"""What a form says by itself, in the languages it comes in; a form may say it otherwise. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

LANGUAGES = ("en", "de", "fr", "es", "tr")
RIGHT_TO_LEFT = frozenset(("ar", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"))
LOCALE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")
LONGEST, LONGEST_TEXT = 300, 5000
NAMES = re.compile(r"\{([^{}]*)\}")

# By name, in the order of LANGUAGES. What stands in braces is put in: {form}, {workspace}, {address}, {until}, {label}, {most}.
SAID: dict[str, tuple[str, str, str, str, str]] = {
    "send": ("Send", "Absenden", "Envoyer", "Enviar", "Gönder"),
    "choose": ("Please choose", "Bitte wählen", "Veuillez choisir", "Elija una opción", "Lütfen seçin"),
    "needed": (
        "Fields marked with * are needed.", "Felder mit * sind Pflichtfelder.", "Les champs marqués d’un * sont obligatoires.",
        "Los campos marcados con * son obligatorios.", "* ile işaretli alanlar zorunludur.",
    ),
    "again": ("Please look again", "Bitte noch einmal prüfen", "Veuillez vérifier", "Revise el formulario", "Lütfen tekrar bakın"),
    "trap": ("Leave this empty", "Bitte leer lassen", "Laissez ce champ vide", "Deje este campo vacío", "Bu alanı boş bırakın"),
    "noscript": (
        "Your browser runs no script, so a person will look at what you send first.",
        "In Ihrem Browser läuft kein Skript; was Sie senden, sieht sich deshalb zuerst ein Mensch an.",
        "Votre navigateur n’exécute pas de script : une personne lira d’abord ce que vous envoyez.",
        "Su navegador no ejecuta scripts, así que una persona revisará primero lo que envíe.",
        "Tarayıcınızda betik çalışmıyor; gönderdiğinize önce bir kişi bakacak.",
    ),
    "thanks": (
        "Thank you. We have got it.", "Vielen Dank. Wir haben es erhalten.", "Merci. Nous l’avons bien reçu.", "Gracias. Lo hemos recibido.",
        "Teşekkürler. Bize ulaştı.",
    ),
    "asked": (
        "One more step: we have sent you a mail. Please open the link in it to confirm your address.",
        "Noch ein Schritt: Wir haben Ihnen eine E-Mail geschickt. Bitte öffnen Sie den Link darin, um Ihre Adresse zu bestätigen.",
        "Encore une étape : nous vous avons envoyé un e-mail. Ouvrez le lien qu’il contient pour confirmer votre adresse.",
        "Un paso más: le hemos enviado un correo. Abra el enlace que contiene para confirmar su dirección.",
        "Bir adım kaldı: Size bir e-posta gönderdik. Adresinizi onaylamak için içindeki bağlantıyı açın.",
    ),
    "closed": (
        "This form takes no more submissions.", "Dieses Formular ist geschlossen.", "Ce formulaire est fermé.", "Este formulario está cerrado.",
        "Bu form artık kapalı.",
    ),
    "required": ("{label} is required.", "Bitte ausfüllen: {label}.", "{label} est obligatoire.", "{label} es obligatorio.", "{label} zorunludur."),
    "badChoice": (
        "{label} is none of the choices.", "{label}: Das steht nicht zur Wahl.", "{label} ne figure pas parmi les choix.",
        "{label} no está entre las opciones.", "{label} seçenekler arasında yok.",
    ),
    "nobodyNamed": (
        "Please say who you are: a name, an address or a number.", "Bitte sagen Sie, wer Sie sind: Name, Adresse oder Nummer.",
        "Dites-nous qui vous êtes : un nom, une adresse ou un numéro.", "Díganos quién es: un nombre, una dirección o un número.",
        "Kim olduğunuzu belirtin: bir ad, adres ya da numara.",
    ),
    "consentRequired": (
        "Please tick this box.", "Bitte hier ankreuzen.", "Veuillez cocher cette case.", "Marque esta casilla.", "Lütfen bu kutuyu işaretleyin.",
    ),
    "tooLong": (
        "The value is longer than {most} characters.", "Das ist länger als {most} Zeichen.", "Le texte dépasse {most} caractères.",
        "El texto supera los {most} caracteres.", "Metin {most} karakterden uzun.",
    ),
    "badEmail": (
        "This is not an e-mail address.", "Das ist keine E-Mail-Adresse.", "Ce n’est pas une adresse e-mail.", "Esto no es una dirección de correo.",
        "Bu bir e-posta adresi değil.",
    ),
    "badPhone": (
        "This is not a telephone number.", "Das ist keine Telefonnummer.", "Ce n’est pas un numéro de téléphone.", "Esto no es un número de teléfono.",
        "Bu bir telefon numarası değil.",
    ),
    "unreadable": ("This cannot be read.", "Das lässt sich nicht lesen.", "Cette valeur est illisible.", "Este valor no se entiende.", "Bu değer okunamıyor."),
    "confirm": ("Please confirm", "Bitte bestätigen", "Veuillez confirmer", "Confirme, por favor", "Lütfen onaylayın"),
    "confirmAsk": (
        "Did you fill in “{form}” with the address {address}?", "Haben Sie „{form}“ mit der Adresse {address} ausgefüllt?",
        "Avez-vous rempli « {form} » avec l’adresse {address} ?", "¿Ha rellenado «{form}» con la dirección {address}?",
        "“{form}” formunu {address} adresiyle siz mi doldurdunuz?",
    ),
    "confirmYes": ("Yes, it was me", "Ja, das war ich", "Oui, c’était moi", "Sí, fui yo", "Evet, bendim"),
    "confirmNo": (
        "If it was not you, close this page; nothing happens then.", "Waren Sie es nicht, schließen Sie diese Seite; dann geschieht nichts.",
        "Si ce n’était pas vous, fermez cette page ; il ne se passera rien.", "Si no fue usted, cierre esta página; no ocurrirá nada.",
        "Siz değilseniz bu sayfayı kapatın; hiçbir şey olmaz.",
    ),
    "confirmed": ("Confirmed", "Bestätigt", "C’est confirmé", "Confirmado", "Onaylandı"),
    "over": (
        "This link was good until {until}. Fill in the form again; you will get a new link.",
        "Dieser Link galt bis {until}. Füllen Sie das Formular noch einmal aus; Sie bekommen einen neuen.",
        "Ce lien était valable jusqu’au {until}. Remplissez à nouveau le formulaire ; vous en recevrez un autre.",
        "Este enlace era válido hasta {until}. Rellene de nuevo el formulario y recibirá otro.",
        "Bu bağlantı {until} tarihine kadar geçerliydi. Formu yeniden doldurun; yeni bir bağlantı alırsınız.",
    ),
    "mailSubject": (
        "Please confirm: {form}", "Bitte bestätigen: {form}", "Veuillez confirmer : {form}", "Confirme, por favor: {form}", "Lütfen onaylayın: {form}",
    ),
    "mailText": (
        "Somebody, probably you, filled in “{form}” at {workspace} with this address.\n\nWas it you? Then confirm it here:",
        "Jemand, vermutlich Sie, hat „{form}“ bei {workspace} mit dieser Adresse ausgefüllt.\n\nWaren Sie es? Dann bestätigen Sie es hier:",
        "Quelqu’un, sans doute vous, a rempli « {form} » chez {workspace} avec cette adresse.\n\nC’était vous ? Confirmez-le ici :",
        "Alguien, probablemente usted, ha rellenado «{form}» de {workspace} con esta dirección.\n\n¿Fue usted? Confírmelo aquí:",
        "Birisi, büyük olasılıkla siz, “{form}” ({workspace}) formunu bu adresle doldurdu.\n\nSiz miydiniz? Buradan onaylayın:",
    ),
    "mailButton": ("Confirm", "Bestätigen", "Confirmer", "Confirmar", "Onayla"),
    "mailEnd": (
        "The link is good until {until}. If it was not you, do nothing: without your word you get no mail.",
        "Der Link gilt bis {until}. Waren Sie es nicht, tun Sie nichts: Ohne Ihre Bestätigung bekommen Sie keine Post.",
        "Le lien est valable jusqu’au {until}. Si ce n’était pas vous, ne faites rien : sans votre accord, aucun envoi ne vous sera adressé.",
        "El enlace es válido hasta {until}. Si no fue usted, no haga nada: sin su confirmación no recibirá correos.",
        "Bağlantı {until} tarihine kadar geçerlidir. Siz değilseniz bir şey yapmayın: Onayınız olmadan size e-posta gönderilmez.",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Voice:
    """In which language somebody is spoken to, and what is said otherwise than in `SAID`."""

    locale: str = "en"
    words: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def language(self) -> str:
        return self.locale.partition("-")[0]

    @property
    def direction(self) -> str:
        return "rtl" if self.language in RIGHT_TO_LEFT else "ltr"

    def knows(self, name: str) -> bool:
        """Whether it is said in this language; otherwise it is said in English."""
        return name in self.words or self.language in LANGUAGES

    def say(self, name: str, **values: object) -> str:
        text = self.words.get(name) or SAID[name][LANGUAGES.index(self.language) if self.language in LANGUAGES else 0]
        return NAMES.sub(lambda found: str(values[found[1]]) if found[1] in values else found[0], text)


def placeholders(name: str) -> list[str]:
    """What may stand in braces there."""
    return sorted(set(NAMES.findall(SAID[name][0])) | ({"form", "workspace", "until"} if name.startswith("mail") else set()))


def flaw(name: str, text: object) -> str | None:
    """What is wrong with a form's own words for something, or None."""
    if name not in SAID:
        return f'A form says nothing that is called "{name[:40]}". Use {", ".join(SAID)}.'
    most = LONGEST_TEXT if name == "mailText" else LONGEST
    if not isinstance(text, str) or not text.strip() or len(text) > most or "\0" in text:
        return f"It is a text of 1 to {most} characters."
    if name != "mailText" and len(text.splitlines()) > 1:
        return "It is one line."
    unknown = next((one for one in NAMES.findall(text) if one not in placeholders(name)), None)
    known = ", ".join(f"{{{one}}}" for one in placeholders(name))
    return None if unknown is None else f"{{{unknown[:40]}}} stands for nothing here. {f'Use {known}.' if known else 'Leave it out.'}"
