"""Which words of a job title name a department, in English, German, French and Spanish, folded."""

from functools import cache

# Longer phrases beat shorter ones, then the rightmost: "software sales" sells, "sales operations" is of sales.
_PHRASES = {
    "SALES": """
        sales|account executive|account manager|account management|account director|key account|business development
        sales engineer|sales operations|sales enablement|inside sales|presales|pre sales|revenue|cro|chief revenue officer
        bdr|sdr|salesperson|salesman|saleswoman|telemarketer|telesales|territory manager|partnerships|channel manager
        channel partner|alliances|sales and marketing|retail sales|sales representative|solution consultant
        solutions consultant|new accounts|client partner|commercial director|commercial manager|chief commercial officer
        customer acquisition|real estate agent|realtor|insurance agent|sales trainer|sales development
        business developer|sales support|sales assistant|sales analyst|sales planning|strategic accounts|merchandiser|cashier
        vertrieb|verkauf|verkaufer|verkaeufer|aussendienst|innendienst|kundenberater|commercial|commerciale|ventes
        ventas|comercial|vendedor|ejecutivo de cuentas|charge d affaires|ingenieur commercial|developpement commercial
    """,
    "MARKETING": """
        marketing|product marketing|brand|brand manager|brand management|demand generation|lead generation|growth
        content|seo|sem|ppc|social media|communications|public relations|pr manager|advertising|copywriter
        media buyer|media planner|campaign|cmo|chief marketing officer|email marketing|digital marketing
        marketing operations|marketing and sales|marketing engineer|event marketing|community manager|market research
        event manager|events manager|event planner|event coordinator|events coordinator|creative director|publicist
        marketing analyst|marketing assistant|promotions|spokesperson|kommunikation|werbung|offentlichkeitsarbeit
        oeffentlichkeitsarbeit|communication|publicite|mercadotecnia|mercadeo|comunicacion|publicidad|redactor
    """,
    "PRODUCT": """
        product manager|product management|product owner|product|product lead|product strategy|cpo|chief product officer
        technical product manager|group product manager|product operations|product analyst|head of product
        produktmanager|produktmanagement|produktmanagerin|chef de produit|gestion de producto|jefe de producto
        gerente de producto
    """,
    "DESIGN": """
        designer|design|ux|ui|user experience|graphic designer|product designer|interior designer|illustrator|animator
        ux researcher|ux designer|web designer|art director|creative|diseno|disenador|gestalter|graphiste|concepteur
        architect|landscape architect|interior design|graphic design|product design|draftsman|drafter
    """,
    "ENGINEERING": """
        engineer|engineering|software|developer|programmer|software engineer|software developer|software architect
        devops|sre|site reliability|qa engineer|quality assurance engineer|cto|chief technology officer|technology
        full stack|frontend|backend|front end|back end|web developer|mobile developer|machine learning|data engineer
        platform|mechanical engineer|electrical engineer|civil engineer|chemical engineer|hardware|firmware|embedded
        technical lead|tech lead|application developer|test engineer|software tester|software quality|solutions architect
        solution architect|project engineer|process engineer|manufacturing engineer|production engineer|field engineer
        engineering project manager|engineering manager|technical director|software development|product engineer
        design engineer|safety engineer|industrial engineer|quality engineer|marine engineer|cloud engineer
        entwickler|entwicklung|softwareentwickler|ingenieur|entwicklungsleiter|konstrukteur|developpeur
        developpement logiciel|technique|desarrollador|ingeniero|ingenieria|programador
    """,
    "IT": """
        it|information technology|systems administrator|system administrator|network administrator|network engineer
        systems engineer|sysadmin|cio|chief information officer|ciso|chief information security officer|cybersecurity
        information security|cyber security|information systems|infrastructure|database administrator|dba|help desk
        database|it support|desktop support|computer|systems analyst|business systems analyst|network|technical support
        cloud architect|application architect|applications architect|java architect|systems architect|network architect|security architect|technology architect
        security analyst|security engineer|it manager|it director|it operations|enterprise architect|webmaster
        data center|telecommunications|computer systems|it project manager|erp|salesforce administrator|it security
        informatik|edv|it leiter|systemadministrator|informatique|systemes d information|dsi|informatica|sistemas
        tecnologia de la informacion|cloud|computer programmer|security administrator|web administrator|it consultant
    """,
    "DATA": """
        data scientist|data science|data analyst|business intelligence|bi analyst|analytics|statistician|biostatistician
        data analytics|chief data officer|cdo|data architect|data|data warehouse|business intelligence analyst|big data
        datenanalyst|analyste de donnees|analista de datos|data manager|mathematician|actuary|statistical
    """,
    "FINANCE": """
        finance|financial|accounting|accountant|controller|comptroller|cfo|chief financial officer|treasurer|treasury
        auditor|audit|tax|bookkeeper|bookkeeping|payroll|accounts payable|accounts receivable|billing|budget|fp a
        financial analyst|credit|investment|investor relations|collections|collector|loan|underwriter|banker|banking
        bank teller|financial advisor|portfolio manager|investor|wealth|actuarial|cost accountant|fund manager
        finance and administration|credit manager|risk manager|risk analyst|mortgage|equity|trader|trust officer
        revenue accountant|tax preparer|revenue agent|budget analyst|sales tax|financial controller|financial manager
        finanzen|buchhaltung|buchhalter|buchhalterin|controlling|rechnungswesen|steuerberater|finances|comptable
        comptabilite|controleur de gestion|daf|finanzas|contador|contabilidad|contable|tesorero|steuer
    """,
    "HR": """
        hr|human resources|human resource|people operations|people ops|people and culture|chief people officer|chro
        chief human resources officer|recruiter|recruiting|recruitment|talent|talent acquisition|personnel|employee
        hr business partner|people partner|compensation|benefits|learning and development|staffing|labor relations
        training and development|employee relations|workforce|headhunter|diversity|training manager|training specialist
        industrial relations|hr generalist|hr manager|people manager|head of people|vp people|job analyst|career counselor
        personal|personalwesen|personalleiter|personalleiterin|personalreferent|ressources humaines|rh|drh|recruteur
        recursos humanos|rrhh|seleccion de personal|training coordinator|training director|trainer
    """,
    "LEGAL": """
        legal|lawyer|attorney|counsel|general counsel|paralegal|compliance|chief legal officer|clo|solicitor|barrister
        contracts|contract manager|contract administrator|privacy|data protection|dpo|regulatory|notary|legal assistant
        legal secretary|law clerk|regulatory affairs|compliance officer|chief compliance officer|judge|mediator|litigation
        recht|rechtsanwalt|rechtsanwaltin|jurist|justiziar|syndikus|datenschutzbeauftragter|avocat|juriste|juridique
        abogado|asesor juridico|legales|cumplimiento|data protection officer|patent
    """,
    "SUPPORT": """
        customer service|customer support|customer success|customer care|customer experience|client services
        client success|support|support engineer|support specialist|call center|contact center|client service
        service desk|customer relations|guest services|guest relations|implementation|onboarding|customer operations
        customer success manager|technical account manager|customer representative|customer service representative
        kundenservice|kundendienst|kundenbetreuung|service client|relation client|atencion al cliente|servicio al cliente
        soporte|support client|customer advocate|customer engagement
    """,
    "PURCHASING": """
        purchasing|procurement|buyer|sourcing|category manager|vendor manager|vendor management|purchasing agent
        strategic sourcing|supplier|chief procurement officer|commodity manager|purchaser|material buyer
        einkauf|einkaufer|einkaeufer|einkaufsleiter|beschaffung|achats|acheteur|acheteuse|compras|comprador
        aprovisionamiento
    """,
    "OPERATIONS": """
        operations|operation|coo|chief operating officer|logistics|supply chain|warehouse|production|manufacturing
        plant manager|plant|facilities|facility|inventory|shipping|distribution|fulfillment|quality manager|maintenance
        quality control|quality assurance|quality|project manager|program manager|pmo|project management|transportation
        project coordinator|program coordinator|business operations|dispatcher|fleet|health and safety|safety manager
        material handler|materials manager|freight|assembler|machinist|assembly|machine operator|production manager
        operations research|project director|program director|scrum master|agile coach|store manager|operations analyst
        operations engineer|traffic controller|process improvement|continuous improvement|lean|six sigma|environmental health and safety
        production supervisor|production planner|production control|business continuity|office manager|site manager
        forklift|packer|mechanic|technician|welder|electrician|plumber|driver|installer|millwright|service technician
        betrieb|betriebsleiter|produktion|produktionsleiter|logistik|lager|lagerleiter|projektleiter|projektmanager
        werksleiter|qualitat|qualitaet|qualitatsmanagement|exploitation|logistique|production industrielle|qualite
        chef de projet|operaciones|logistica|produccion|almacen|calidad|jefe de proyecto|gerente de proyecto|cadena de suministro
    """,
    "RESEARCH": """
        research|scientist|research and development|r d|researcher|laboratory|lab|chemist|biologist|physicist
        research scientist|research director|chief scientific officer|chief scientist|research assistant|lab manager
        geologist|economist|innovation|chief innovation officer|research analyst|clinical research|microbiologist
        forschung|forschung und entwicklung|f e|recherche|recherche et developpement|chercheur|investigacion
        investigacion y desarrollo|cientifico|wissenschaftler|wissenschaftliche
    """,
    "CONSULTING": """
        consultant|consulting|advisor|adviser|management consultant|business consultant|strategy|business analyst
        strategist|management analyst|berater|beraterin|unternehmensberater|beratung|conseil|consultor|consultora
        conseiller|asesor|strategie|estrategia|chief strategy officer
    """,
    "EDUCATION": """
        teacher|professor|lecturer|school|education|instructor|dean|academic|tutor|faculty|curriculum|school principal
        principal|educator|superintendent of schools|librarian|student|assistant professor|adjunct|teaching assistant
        school counselor|academic advisor|provost|registrar|admissions|preschool|kindergarten|teaching
        lehrer|lehrerin|dozent|schulleiter|professeur|enseignant|profesor|docente|maestro|professorin
    """,
    "HEALTHCARE": """
        nurse|physician|medical|doctor|clinical|health|healthcare|surgeon|dentist|pharmacist|therapist|patient|hospital
        registered nurse|medical director|chief medical officer|nursing|paramedic|dental|pharmacy|veterinarian|caregiver
        psychologist|psychiatrist|physical therapist|medical assistant|radiologic|clinic|surgical|health information
        nurse practitioner|chief nursing officer|physician assistant|personal trainer|optometrist|dietitian|nutritionist|anesthesiologist
        arzt|arztin|krankenpfleger|apotheker|medecin|infirmier|infirmiere|medico|enfermera|enfermero|farmaceutico
    """,
    "ADMINISTRATION": """
        administrative|administrative assistant|executive assistant|secretary|receptionist|personal assistant|clerk
        office assistant|office administrator|office clerk|data entry|administrative manager|administrative coordinator
        administration|administrative officer|file clerk|front desk|executive secretary|chief administrative officer
        medical secretary|business administration|virtual assistant|typist|mail clerk|assistant to the|assistant to
        verwaltung|sekretarin|sekretaerin|assistenz|assistenz der geschaftsfuhrung|burokauffrau|burokaufmann|assistant de direction|assistante de direction
        personal secretary|administrative support|president s assistant|presidents assistant|ceo s assistant
        secretaire|administracion|secretaria|administrativo|asistente administrativo|recepcionista|sachbearbeiter
    """,
    "EXECUTIVE": """
        ceo|chief executive|chief executive officer|president|founder|cofounder|co founder|owner|co owner|chairman
        chairwoman|chairperson|managing director|general manager|managing partner|board member|executive director
        chief of staff|proprietor|business owner|entrepreneur|member of the board|executive officer|chair
        non executive director|company director|country manager|managing member|partner|regional president|md|gm
        geschaftsfuhrer|geschaeftsfuehrer|geschaftsfuhrerin|geschaeftsfuehrerin|geschaftsfuhrung|geschaftsleitung
        inhaber|inhaberin|grunder|gruender|grunderin|vorstand|vorstandsvorsitzender|prokurist|pdg|president directeur general
        directeur general|directrice generale|gerant|fondateur|fondatrice|associe gerant|director general|directora general
        gerente general|fundador|presidente|propietario|dueno|socio director|consejero delegado|administrador unico
    """,
}
# Words that name a form of work, not a function: "tax consultant" is of finance, "consultant" alone of consulting.
_WEAK = """
personal|technician|mechanic|clerk|consultant|consulting|advisor|adviser|designer|architect|strategist|secretary|engineer
operations|operation|support|trainer|researcher|scientist|principal|instructor|design|quality|driver|installer|strategy
project manager|program manager|project management|project coordinator|program coordinator|project director
program director|developer|creative|content|data|platform|technology|training manager|employee|student|patient
berater|beraterin|beratung|projektleiter|projektmanager|chef de projet|jefe de proyecto|consultor|consultora|asesor
conseil|conseiller|sachbearbeiter|assembler|machine operator|office manager|business analyst|representative|technique
"""
_CHIEFS = "ceo|chief executive|chief executive officer|founder|cofounder|co founder|grunder|gruender|fondateur|fundador|pdg"
_DESKS = """
president s assistant|presidents assistant|ceo s assistant|executive assistant|personal assistant|assistant to|assistant to the
executive secretary|assistenz
"""
# German writes compounds as one word; the beginning tells the department.
ROOTS = {
    "vertriebs": "SALES",
    "verkaufs": "SALES",
    "marketing": "MARKETING",
    "personal": "HR",
    "einkaufs": "PURCHASING",
    "finanz": "FINANCE",
    "produktions": "OPERATIONS",
    "betriebs": "OPERATIONS",
    "logistik": "OPERATIONS",
    "projekt": "OPERATIONS",
    "qualitats": "OPERATIONS",
    "entwicklungs": "ENGINEERING",
    "software": "ENGINEERING",
    "kundendienst": "SUPPORT",
    "kundenservice": "SUPPORT",
    "rechts": "LEGAL",
    "verwaltungs": "ADMINISTRATION",
    "geschaftsfuhr": "EXECUTIVE",
    "geschaeftsfuehr": "EXECUTIVE",
}
LONGEST = 4


@cache
def ranks() -> dict[str, int]:
    """How much a phrase weighs against longer ones: 4 the desk of a chief, 3 the chief, 2 a function, 1 a form of work."""
    found = {phrase: 0 for phrase, department in phrases().items() if department == "EXECUTIVE"}
    for rank, text in ((1, _WEAK), (3, _CHIEFS), (4, _DESKS)):
        found |= dict.fromkeys(text.strip().replace("\n", "|").split("|"), rank)
    return found


@cache
def phrases() -> dict[str, str]:
    """Each folded phrase of up to four words to its department."""
    found: dict[str, str] = {}
    for department, text in _PHRASES.items():
        for phrase in text.strip().replace("\n", "|").split("|"):
            found.setdefault(phrase.strip(), department)
    return found
