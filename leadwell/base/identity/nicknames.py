"""Short forms of given names and the full name they stand for, folded."""

from functools import cache

# One group a line, the full name first. A form in two groups ("alex", "chris", "pat", "sam") stays what it is.
_GROUPS = """
abigail abby|albert bert|alexander alec sasha|alexandra alexa sandra|alfred alf fred|allison ali|andrew andy drew
angela angie|anthony tony|antonio toni|barbara barb babs|benjamin ben benny benji|bernard bernie|bradley brad
catherine cathy cat|charles charlie chuck chas|christine christina tina|clifford cliff|constance connie|curtis curt
cynthia cindy|daniel dan danny|david dave davey|deborah debra deb debbie|dennis denny|dominic dom|donald don donnie
dorothy dot dottie|douglas doug|edward ed eddie ted teddy|elizabeth beth betty liz lizzie betsy|emily em|eugene gene
frances fran|francis frank frankie|frederick freddy freddie|gabriel gabe|geoffrey geoff|gerald gerry jerry|gregory greg
harold hal harry|henry hank|herbert herb|isabella bella|jacob jake|jacqueline jackie|james jim jimmy jamie
jeffrey jeff|jennifer jen jenny|jessica jess|johannes hannes|john johnny jack|jonathan jon|joseph joe joey
joshua josh|judith judy|katherine kathryn kathy kate katie kathleen|kenneth ken kenny|kimberly kim|lawrence larry
leonard leo lenny|louis lou louie|margaret maggie meg peggy marge|matthew matt|maximilian max|megan meghan
michael mike mikey mick|mitchell mitch|nancy nan|nathaniel nathan nate|nicholas nick nicky|nicolas nico|pamela pam
patricia patty tricia|peter pete|philip phillip phil|rachel rach|raymond ray|rebecca becky becca|reginald reg
richard rich rick ricky dick|robert rob robbie bob bobby|roger rog|ronald ron ronnie|rudolf rudi|russell russ
samantha sammy|sebastian seb basti|stanley stan|stephanie steph|steven stephen steve|susan sue susie suzy
tamara tammy|theodore theo|thomas tom tommy|timothy tim timmy|valerie val|veronica ronnie|victoria vicky tori
vincent vince|virginia ginny|walter walt|wilhelm willi|william will bill billy willy|zachary zach zack
franziska franzi|friedrich fritz|guillermo memo|jose pepe|francisco paco pancho|ignacio nacho|manuel manolo
maria marie|giuseppe beppe|alessandro ale|ekaterina katya|dmitri dima|mikhail misha|vladimir vova|ulrich uli
"""


@cache
def full_names() -> dict[str, str]:
    """Each short form to its full name; forms of two names are left out."""
    found: dict[str, str] = {}
    doubtful: set[str] = set()
    for group in _GROUPS.replace("\n", "|").split("|"):
        full, *forms = group.split() or [""]
        doubtful.update(form for form in forms if form in found)
        found.update(dict.fromkeys(forms, full))
    return {form: full for form, full in found.items() if form not in doubtful}
