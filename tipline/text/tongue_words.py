"""Words by which English and Spanish are told apart: in small letters, without accents.

Mostly function words, the commonest words of tips, and what people shorten them to on a phone.
What both languages write is in neither list (`no`, `me`, `a`, `son`, `red`, `van`, `has`).
"""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Hardly ever met in the other language.
ENGLISH = _words(
    """
    the and is was were are am be been being they theyre there theres their them this that
    thats these those with from have had havent hadnt his her hers him she shes you your youre
    yours my mine i im ive id ill it its we our us of to at by for not but what whats when
    where who whos which why how will wont would wouldnt can cant could couldnt should did
    didnt does doesnt do dont done isnt wasnt arent about just out up down off over some
    someone somebody something anyone anybody anything nobody everyone everybody nothing people
    house street car guy guys school gun guns kid kids please help hello hi hey thanks thank
    yes yeah yep nope yall gonna wanna gotta tryna aint cuz bc cause because thx pls plz ppl
    idk rn lmk omg wtf tbh dude bruh bro saw see sees seen hear heard know knows knew think
    thinks thought going goes gone went come comes came coming get gets got getting selling
    sells sold sell stole stolen stealing steal robbed robbing next behind near under around
    outside inside through across between every night nights today tonight tomorrow tmrw
    yesterday week month months year years hour hours minutes ago now right left again still
    before after until while if then than so too very really also only even ever never always
    maybe kinda drug drugs police cop cops weapon shot shots shooting gunshots fight fighting
    dealer dealers dealing door apartment apt truck black white blue gray green brown tall
    short old young two three four five many money girl boy woman women man men mom dad mother
    father brother sister cousin uncle daughter friend neighbor boss wife husband boyfriend
    girlfriend name number plate plates phone picture photo video want wants need needs tell
    tells told said say says saying call called text texted texting ask asked asking like live
    lives living work works working drive drives driving parked hiding hides hurt hurts scared
    afraid safe danger drunk fire smoke burning dead body blood baby dog dogs other another
    same own here as or an on any all both more most much such anonymous emergency hes youll
    lets theyll heres weve youve theyve whens wheres hows report reporting tip language english
    good morning evening wrong sorry someones let make makes made take takes took taking give
    gave look looks looking find found keep keeps happening happened stop send sent wait hurry
    leave leaves back each first last few since real sure okay
    """
)
SPANISH = _words(
    """
    y que es esta estan estoy estaba estaban estamos estuvo una unos unas para por se sus ella
    ellas ellos nosotros usted ustedes muy pero porque cuando donde como quien quienes cual
    cuanto cuantos aqui alli ahi alla aca hoy ayer manana noche noches anoche dia dias tarde
    ahora ahorita siempre nunca tambien todavia gracias hola buenas buenos buen ayuda ayudar
    ayudenme necesito quiero quisiera vio vimos vieron tiene tienen tengo tenemos habia hubo
    fue fueron eran estar hacer hacen haciendo hizo hicieron vende venden vendiendo vendio
    robaron roban robando robo droga drogas arma armas pistola pistolas cuchillo hombre hombres
    mujer mujeres muchacho muchachos muchacha chavo chavos senor senora senores nino nina ninos
    ninas hijo hija hijos hermano hermana esposo esposa novio novia vecino vecina vecinos
    abuelo abuela padre madre esquina carro carros coche troca troka camioneta escuela tienda
    parque iglesia policia policias migra gente persona personas alguien nadie algo todo todos
    toda todas cada otro otra otros otras esto estos estas ese eso esos esa esas aquel tres
    cuatro cinco seis siete ocho nueve diez mismo misma mismos rojo roja azul gris frente
    afuera adentro atras detras debajo cerca lado junto desde hasta hacia puedo puede pueden
    quiere quieren sabe saben digo dice dicen dijo dijeron decir creo pienso voy va viene
    vienen venir llego llegan llega salen salio gritando gritos golpea golpeando golpeo pega
    pegando peleando pelea disparos balazos tiros balas muerto sangre peligro miedo urgente
    emergencia tipo tipos wey guey vato vatos morro pinche cabron amenazo amenaza amenazaron
    mato mataron matar trae traen traer lleva llevan llevo andan anda andaba vive viven
    viviendo trabaja trabajo nombre numero placa placas foto puerta cuarto afueras barrio
    llamar llaman llamen llame mando mandar manden porfavor mas antes despues luego mientras
    aunque sino vez veces q xq pq porq ke kien komo kiero kieren dnd tmb tambn bn aki xfa
    xfavor grax nomas esq ntp pos orale mijo pues andale apurense idioma espanol anonimo
    anonima denuncia denunciar reportar aviso informacion disculpe oiga perdon
    """
)
# Words of one language that stand in names of places and people, or that the other one borrows.
ENGLISH_WEAK = _words("u ur r in he no1 w lol one bar crew")
SPANISH_WEAK = _words(
    """
    el la los las de en un con sin su mi mis tu te le les lo nos yo hay si vi era dos ser
    hace ver ve d k san santa don dona x tan pa ps toy al del mal bien solo contra calle negro
    negra blanco blanca este casa mama papa primo prima tio tia favor verde sobre entre tal
    """
)
