"""Sentences that the rules were tried on: [[the sender's]] and {{evidence}}.

One a line. They are the variations that somebody had in mind when writing a rule, not a measure of
it: the labelled tips are.
"""

from __future__ import annotations

ENGLISH = r"""
my number is [[209-555-0142]]
my cell: [[(209) 555-0142]]
mine is [[209.555.0142]] and his is {{209.555.0143}}
you can reach me at [[209 555 0142]] after 5
reach me on [[2095550142]]
text me [[2095550142]] i got pics
hmu [[209-555-0142]] if u want more info
hit me up at [[209-555-0142]]
call me back on [[+1 209 555 0142]], Kirk is selling
Please call [[209-555-0142]] if you have questions
Any questions call [[209-555-0142]] ask for [[Dolores]]
[[209-555-0142]]
[[209-555-0142]] call anytime
my wifes cell is [[209-555-0142]] use that
call my mom at [[209-555-0142]]
my home phone is [[209-555-0142]] and my work is [[209-555-0143]]
his number is {{209-555-0142}}
her cell is {{209-555-0142}}
their number {{209-555-0142}}
The dealer's number is {{209-555-0142}}
the dealers phone is {{209-555-0142}}
Kirk's cell is {{209-555-0142}}
kirks number is {{209-555-0142}}
he called me from {{209-555-0142}}
someone keeps calling me from {{209-555-0142}} saying im under arrest
got a scam call from {{209-555-0142}}
I keep getting texts from {{209-555-0142}}
Text {{209-555-0142}} to buy is what the flyer says
the ad says call {{209-555-0142}}
He told customers to text {{209-555-0142}}
I called him at {{209-555-0142}}
you can find the seller at {{209-555-0142}}
{{209-555-0142}} is his burner
{{209-555-0142}} is the dealers number
{{209-555-0142}} belongs to Kirk Mann
{{209-555-0142}} keeps texting my daughter
{{209-555-0142}} called me and threatened me
[[209-555-0142]] is my number
[[209-555-0142]] is the best number to reach me
[[209-555-0142]] (my cell)
[[209-555-0142]] thats me
the suspect uses {{209-555-0142}} and his girlfriend {{209-555-0143}}
he deals from {{209-555-0142}}, i can be reached at [[209-555-0199]]
To buy you text {{209-555-0142}} and Manny comes. Call me [[209-555-0199]]
my neighbor Walt sells, his cell is {{209-555-0142}}
my boss's number is {{209-555-0142}}
My landlord's phone number is {{209-555-0142}}
my ex texted me from {{209-555-0142}}
I'm calling from [[209-555-0142]]
im texting from [[2095550142]] pls dont call
number painted on the van is {{209-555-0142}}
the business card has {{209-555-0142}} on it
its [[two zero nine five five five zero one four two]] call me
call me two oh nine [[five five five zero one four two]]
my cell is [[2O9-555-O142]]
my cell is [[209 five five five 01 42]]
my phone [[2️⃣0️⃣9️⃣5️⃣5️⃣5️⃣0️⃣1️⃣4️⃣2️⃣]]
📱 [[209-555-0142]]
my number [[209*555*0142]]
my number [[209/555/0142]]
my number [[209_555_0142]]
my num is [[209 555 01 42]]
me: [[209-555-0142]] him: {{209-555-0143}}
case number {{2095550142}} was closed
case # {{23-0045512}}
serial number {{555-0100-77}} on the generator
invoice {{209-555-0142}}
badge {{4471}} took my statement
vin {{1HGCM82633A004352}} is stolen
tracking {{9400 1118 9922 3344 5566 77}}
order {{114-5550142-0100}}
my email is [[rosa.mendez@example.com]]
email me at [[rosa@example.com]]
[[rosa@example.com]]
write to [[rosa@example.com]], not his {{kirk@example.com}}
his email is {{kirk@example.com}}
He emails from {{kirk@example.com}}
I got an email from {{kirk@example.com}} with threats
the website says contact {{sales@example.com}}
my email is [[rosa (at) example (dot) com]]
my email: [[rosa at example dot com]]
[[rosa_m at example dot com]] is mine
email [[rosa[at]example.com]]
my mail is [[rosa @ example . com]]
send it to [[r o s a @ example.com]]
my name is [[Holly Tran]] and i saw it
My name's [[Holly]]. Kirk did it
name is [[holly tran]] he lives next door
my name is [[tyler brooks]] and gus owes me
Hi I'm [[Bianca]] and Omar sells
im [[bianca]] omar is selling
I am [[Omar Siddiqui]]. Rex did it.
i am [[ashley]] from the corner store
this is [[Marcus Bell]] calling about {{Rex Dolan}}
this is [[marcus]] again
Hi, [[Tyler]] here, {{Rex}} is back
This is [[Mrs. Eleanor Voss]], I want to report
call me [[Bob]]
everyone calls me [[Bobby]]
i go by [[tay]]
I, [[Vincent Tao]], saw it
ask for [[Maria]]
signed, [[Greg Amundsen]]
Thanks, [[Greg]]
thanks [[greg]]
Thank you for your time. [[Greg Amundsen]]
Sincerely,\n[[Dolores Whitfield]]
Respectfully yours,\n[[Harold P. Jennings]]
- [[maria]]
He did it. -[[Maria G.]]
~[[Tina]]
xoxo [[jenny]]
Regards, [[Dr. Alan Whitmore]]
Please hurry. [[Sylvia]]
Yours truly, [[Earl]] from space 12
God bless, [[Ernestine Poole]]
his name is {{Ruben Tovar}}
the guy is {{Emmet}}
Suspect name: {{Rex Dolan}}
my neighbor {{Walt Brenner}} is growing
my boss {{Linda Cho}} steals
My ex {{Jared Pike}} has guns
I know {{Rex Dolan}} did it
this is about {{Randy Ochoa}}
This is {{Randy}}'s house
{{Rex Dolan}} told me he did it
im scared of {{Rex}}
I'm {{Rex Dolan}}'s neighbor
I'm worried about {{Jasmine Lott}}
he said "my name is {{Tyrone}}, call me at {{209-555-0142}}"
She yelled "I'm {{Keisha Monroe}} and I live at {{1200 Oak St}}"
he goes im {{Big Tony}}
he told me his name is {{Marcus}}
They call him {{Lil Ray}}
They call me [[Ray]]
The man said I'm {{Darius}} from the north side
the kids call her {{Peaches}}
thanks to {{Rex Dolan}} we have no peace
the shooters were:\n{{Rex Dolan}}\n{{Bo Tanner}}
suspect - {{Rex Dolan}}
driver was {{Igor V.}}
Who did it? {{Marcus Webb}}
I live at [[1803 Wylie Dr]]
I live at [[1803 Wylie Drive, Apt 4]], he lives at {{1809 Wylie Dr}}
i stay at [[1515 vine st]] and they shoot dice at {{1520 vine}}
my address is [[402 Bowen Ave]]
my house is [[402 Bowen Ave]]
home address [[402 Bowen Ave, Modesto CA 95350]]
Come to my house at [[402 Bowen Ave #12]]
we live on [[402 Bowen Ave]]
im at [[402 Bowen Ave apt 3]] and the neighbors are fighting
I rent [[402 Bowen Ave unit B]]
He lives at {{402 Bowen Ave}}
they stay at {{402 bowen ave apt 3}}
Rex lives at {{402 Bowen Ave}}
The house at {{402 Bowen Ave}} sells meth
my neighbor at {{402 Bowen Ave}} sells meth
my neighbor's address is {{402 Bowen Ave}}
I live across from {{402 Bowen Ave}}
I live next to {{402 Bowen Ave}}
there is a body behind {{402 Bowen Ave}}
I saw him at {{402 Bowen Ave}}
I was robbed at {{402 Bowen Ave}}
[[402 Bowen Ave]] is my house
send the reward to [[PO Box 12, Ceres CA]]
he gets packages at {{PO Box 12}}
meet at {{402 Bowen Ave}} to buy
I live at [[12 Oak]] and they deal at {{14 Oak}}
I'm staying at [[4410 County Road J14, Space 18]]
my ssn is [[987-65-4321]]
my social [[987654321]]
my social is [[987 65 4321]]
social security number [[987-65-4321]] is mine
last four of my social [[4321]]
his ssn is {{987-65-4321}}
he used {{987-65-4321}} to file
she stole my social [[987-65-4321]]
my license is [[D1234567]]
my dl number is [[D1234567]]
my driver's license number is [[D 1234567]]
his DL is {{D1234567}}
my CDL [[A9876543]]
my plate is [[8ABC123]]
my license plate is [[8ABC123]] and the other car was {{7XYZ987}}
I drive a blue Civic [[8ABC123]]
i drive a 2012 honda civic plate [[8ABC123]]
my truck [[8ABC123]] got hit by {{7XYZ987}}
my car was stolen, plate [[8ABC123]]
he drives {{8ABC123}}
plate {{8ABC123}}
a white van {{8ABC123}} followed me
my neighbor's plate is {{8ABC123}}
his plate {{8ABC123}} mine [[7XYZ987]]
The car that hit mine was {{8ABC123}}
black suv {{8ABC123}} parked by my house
I was born [[June 2, 1959]]
my dob is [[06/02/1959]]
DOB [[6-2-59]]
my birthday is [[june 2nd 1959]]
[[6/2/59]] is my birthday
he was born {{June 2, 1990}}
his dob is {{06/02/1990}}
suspect dob {{6/2/90}}
it happened on {{6/2/24}}
my snap is [[tay_0142]]
add me on snap [[tay.0142]]
my ig is [[@chula.tips]]
follow me @[[chula_tips]]
my insta: [[chulatips]]
dm me @[[chula]]
im [[@chula99]] on tiktok
[[chula_99]] is my snap
my discord is [[chula#4411]]
my cashapp is [[$chula44]]
my username is [[night_owl]]
he posts as {{@bigbagbenny}} on ig
his snap is {{bigbagbenny}}
his ig {{@bigbag}}
he sells on telegram {{@plugmodesto}}
the account {{@plug_209}} is selling
threats from {{@mad_max}} on insta
her insta is {{sara_vv}}
my ip is [[203.0.113.7]]
I'm posting this from [[203.0.113.7]]
threats came from {{203.0.113.7}}
the server ip is {{203.0.113.7}}
my card number is [[4111 1111 1111 1111]]
my debit card [[4111111111111111]] was used by {{Rex}}
he has a stolen card {{4111 1111 1111 1111}}
my account number is [[00123456789]]
my bank account [[123456789012]]
wire it to his account {{123456789012}}
my policy number is [[CA-88120394]]
my member id [[XKP88120394]]
my badge number is [[4471]]
my employee id is [[E55210]]
my location [[37.6391, -120.9969]]
I'm at [[37.6391,-120.9969]]
the body is at {{37.6391,-120.9969}}
he dumped it at {{37.6391, -120.9969}}
here is my location [[https://maps.google.com/?q=37.6391,-120.9969]]
stolen from {{1200 Oak St}} at {{3:15 pm}} on {{5/12}}
about {{20-25}} guys with {{3 guns}} at {{0305}} hours
room {{214}} at the motel {{6}} since {{10 30}}
gate code {{4471}} unit {{1147}}
he sells {{8 balls}} for {{$120}} and {{50}} a gram
{{9mm}} and {{5.56}} rounds {{1000}} count
truck usdot {{1234567}}
report {{24-118822}} was filed
I paid {{$2095550142}}
Highway {{99}} exit {{229}} mile {{14.5}}
This is {{Central Valley Cab}} number one problem
I'm Mexican and {{Rex}} hates us
I'm a nurse at {{Doctors Medical}}, {{Rex}} steals pills
Im tired of {{Gus}}
I'm not {{Rex}}
thanks officer, {{Rex Dolan}} is back
Thank you Modesto PD
hey its [[tyler]] from before
Good morning, my name is [[Deshawn]] I work with {{Gus}}
name [[Wendell Strand]] cell [[303-555-0176]]
Name: [[Ana Lopez]]\nPhone: [[209-555-0142]]\nTip: {{Rex Dolan}} sells
[[Ana Lopez]], [[209-555-0142]], {{Rex Dolan}} sells meth
{{Rex Dolan}} {{209-555-0142}} sells meth
Dealer is {{Rex Dolan}}, cell {{209-555-0142}}
Contact [[Lorraine]] at [[209-555-0111]]
I'm the manager at {{Shop Mart}}, [[Paula Reyes]], and {{Rex}} steals
This is [[Jose]] my cousin {{Luis}} shot him
wuts up its [[mike]] n {{dre}} got the strap
MY NAME IS [[JOHN SMITH]] AND {{REX}} STOLE IT
MY NUMBER IS [[209-555-0142]] HIS NUMBER IS {{209-555-0143}}
""".strip().split("\n")

SPANISH = r"""
mi número es [[209-555-0142]]
mi cel [[2095550142]]
mi tel: [[209 555 0142]]
llámenme al [[209-555-0142]]
me pueden llamar al [[209-555-0142]]
marquenme al [[209-555-0142]]
me encuentran en el [[209-555-0142]]
pueden comunicarse conmigo al [[209-555-0142]]
hablen al [[209-555-0142]]
me llaman al [[209-555-0142]]
el mío es [[209-555-0142]] y el de él es {{209-555-0143}}
su número es {{209-555-0142}}
el número del vendedor es {{209-555-0142}}
el celular de él es {{209-555-0142}}
el cel del dealer {{209-555-0142}}
me llamó del {{209-555-0142}}
me llamaron del {{209-555-0142}} pidiendo dinero
me marcan del {{209-555-0142}}
el anuncio dice llame al {{209-555-0142}}
le hablan al {{209-555-0142}} para comprar
vende por teléfono {{209-555-0142}}
el {{209-555-0142}} es de él
[[209-555-0142]] es mi número
mi número es [[dos cero nueve cinco cinco cinco cero uno cuatro dos]]
mi celular [[dos cero nueve, quinientos cincuenta y cinco, cero uno cuarenta y dos]]
mi correo es [[rosa@example.com]]
mi correo [[rosa arroba example punto com]]
escríbanme a [[rosa@example.com]]
su correo es {{kirk@example.com}}
me llamo [[Rosa Méndez]]
me llamo [[rosa mendez]] y vivo por ahi
Mi nombre es [[José Luis Ortega]]
soy [[Hermelinda Pacheco]]
soy [[lupe]] y el {{Chuy}} vende
Yo soy [[Ana]]
le habla [[Carmen Ruiz]]
les escribe [[Ramón]]
Atentamente, [[Sra. Guadalupe Ríos]]
Gracias, [[Lupita]]
atte [[jose]]
pregunten por [[Elena]]
se llama {{Gerardo Montes}}
él se llama {{Gerardo}}
su nombre es {{Gerardo}}
mi vecino {{Gerardo Montes}} vende
mi patrón {{Gilberto}} nos roba
el vato es {{Fermín}}
soy vecina de {{Fermín}}
soy la esposa de {{Fermín}}
soy de {{Guanajuato}}
dijo "me llamo {{Fermín}}"
me dijo que se llama {{Fermín}}
vivo en [[calle Blue Gum 1418]]
vivo en la [[calle Roble 1418]] y él vive en la {{calle Roble 1420}}
mi dirección es [[1418 Roble Ave]]
mi casa está en [[1418 Roble Ave, apto 3]]
él vive en {{calle Roble 1420}}
viven en {{1420 Roble Ave}}
la casa de enfrente, {{415 Bystrum Rd}}
una bodega en la {{calle Blue Gum 1418}}
trabajo en [[1418 Roble Ave]]
rento en [[1418 Roble Ave]]
mi seguro es [[987-65-4321]]
mi seguro social [[987654321]]
su seguro es {{987-65-4321}}
mi placa es [[8ABC123]]
mis placas son [[8ABC123]], las de él {{7XYZ987}}
manejo un Civic azul placas [[8ABC123]]
las placas son {{8ABC123}}
una troca roja placas {{8ABC123}}
nací el [[2 de junio de 1959]]
mi fecha de nacimiento es [[02/06/1959]]
él nació el {{2 de junio de 1990}}
mi licencia es [[D1234567]]
mi cuenta es [[123456789012]]
mi tarjeta [[4111 1111 1111 1111]]
mi insta es [[@rosita_m]]
sígueme en tiktok [[@rosita_m]]
vende en face como {{@elguero}}
mi ubicación [[37.6391, -120.9969]]
el cuerpo está en {{37.6391, -120.9969}}
vende la onza a {{$900}}
llegan a las {{10 30}} de la noche {{20}} hombres
caso número {{2095550142}}
Buenas tardes, mi nombre es [[Teresa]]
aquí [[Teresa]], otra vez está {{Beto}}
a nombre de [[Teresa Luna]]
de parte de [[Don Chuy Salas]]
mi mamá contesta en el [[209-555-0142]]
el numero de mi esposa es [[209-555-0142]]
avísenme al [[2095550142]] porfa
mi jefe {{Raúl}} su cel {{209-555-0142}}
""".strip().split("\n")
