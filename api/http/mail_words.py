"""What the pages about a reader's mail say, in the languages of forms. Pure."""

from leadwell.capture.words import LANGUAGES, Voice

# By name, in the order of LANGUAGES. What stands in braces is put in: {topic}, {until}.
SAID: dict[str, tuple[str, str, str, str, str]] = {
    "title": ("Your mail", "Ihre E-Mails", "Vos e-mails", "Sus correos", "E-postalarınız"),
    "gets": (
        "You get mail about “{topic}”.", "Sie bekommen E-Mails zu „{topic}“.", "Vous recevez des e-mails sur « {topic} ».",
        "Recibe correos sobre «{topic}».", "“{topic}” hakkında e-posta alıyorsunuz.",
    ),
    "getsNot": (
        "You get no mail about “{topic}”.", "Sie bekommen keine E-Mails zu „{topic}“.", "Vous ne recevez pas d’e-mails sur « {topic} ».",
        "No recibe correos sobre «{topic}».", "“{topic}” hakkında e-posta almıyorsunuz.",
    ),
    "leave": (
        "Unsubscribe from “{topic}”", "„{topic}“ abbestellen", "Se désabonner de « {topic} »", "Darse de baja de «{topic}»", "“{topic}” aboneliğinden çık",
    ),
    "return": (
        "Get “{topic}” again", "„{topic}“ wieder bekommen", "Recevoir à nouveau « {topic} »", "Volver a recibir «{topic}»",
        "“{topic}” e-postalarını yeniden al",
    ),
    "everything": (
        "Unsubscribe from everything", "Alles abbestellen", "Se désabonner de tout", "Darse de baja de todo", "Tüm aboneliklerden çık",
    ),
    "choose": ("Or choose what you get", "Oder wählen Sie aus", "Ou choisissez", "O elija lo que recibe", "Ya da ne alacağınızı seçin"),
    "save": ("Save", "Speichern", "Enregistrer", "Guardar", "Kaydet"),
    "pause": ("Or take a break", "Oder machen Sie eine Pause", "Ou faites une pause", "O haga una pausa", "Ya da ara verin"),
    "days": (
        "No mail for {days} days", "{days} Tage keine E-Mails", "Pas d’e-mails pendant {days} jours", "Sin correos durante {days} días",
        "{days} gün e-posta yok",
    ),
    "resume": ("End the break", "Pause beenden", "Terminer la pause", "Terminar la pausa", "Arayı bitir"),
    "pausedUntil": (
        "You get nothing before {until}.", "Vor dem {until} bekommen Sie nichts.", "Vous ne recevrez rien avant le {until}.",
        "No recibirá nada antes del {until}.", "{until} tarihinden önce bir şey almayacaksınız.",
    ),
    "track": (
        "Mail may tell us whether I open it and follow links", "E-Mails dürfen melden, ob ich sie öffne und Links folge",
        "Les e-mails peuvent indiquer si je les ouvre et suis les liens", "Los correos pueden indicar si los abro y sigo los enlaces",
        "E-postalar, açıp açmadığımı ve bağlantılara gidip gitmediğimi bildirebilir",
    ),
    "saidOut": ("You are unsubscribed.", "Sie sind abgemeldet.", "Vous êtes désabonné.", "Se ha dado de baja.", "Aboneliğiniz sona erdi."),
    "saidIn": (
        "You are subscribed again.", "Sie sind wieder angemeldet.", "Vous êtes de nouveau abonné.", "Vuelve a estar suscrito.", "Yeniden abone oldunuz.",
    ),
    "saidSaved": ("Saved.", "Gespeichert.", "Enregistré.", "Guardado.", "Kaydedildi."),
    "damaged": (
        "This link is damaged or was not made here.", "Dieser Link ist beschädigt oder stammt nicht von hier.", "Ce lien est abîmé ou n’a pas été créé ici.",
        "Este enlace está dañado o no se creó aquí.", "Bu bağlantı bozuk ya da burada oluşturulmadı.",
    ),
}  # fmt: skip


def say(voice: Voice, name: str, **values: object) -> str:
    """In the reader's language where it is one of ours, else in English."""
    return SAID[name][LANGUAGES.index(voice.language) if voice.language in LANGUAGES else 0].format_map(values)


def voice_of(language: str | None, accepted: str = "") -> Voice:
    """The language known of the reader, else the first one of ours that their browser asks for."""
    wanted = [language or "", *(part.partition(";")[0].strip() for part in accepted.split(","))]
    return Voice(next((known for one in wanted for known in LANGUAGES if one.lower().partition("-")[0] == known), "en"))
