"""English words that tell whose an identifier is, with the spellings of phones and of haste."""

from __future__ import annotations

from typing import Final

ROLES: Final[dict[str, str]] = {
    "MY": "my our muh mah myy me'self",
    "MINE": "mine mines ours myne",
    "I": "i im i'm ive i've i'd i'll we we're we've we'll iam undersigned imma ima i'ma",
    "ME": "me us myself",
    "HIS": "his her hers their theirs thier hiss dudes dealers suspects guys",
    "HE": (
        "he she they him them he's she's they're hes shes theyre he'd she'd they'd he'll"
        " she'll they'll himself herself themselves dey someone somebody people whoever who"
        " everybody anyone customers buyers"
    ),
    "PERSON": (
        "suspect suspects dealer dealers guy guys man men dude dudes woman women lady girl"
        " girls boy boys seller sellers driver drivers neighbor neighbors neighbour neighbours"
        " nieghbor neighbor's boss landlord landlady ex tenant tenants roommate coworker"
        " coworkers co-worker manager owner victim victims thief thieves robber robbers"
        " shooter pimp trafficker scammer scammers caller stalker attacker homeboy homie plug"
        " hitter burglar gangster gangbanger cousin uncle nephew kid kids teacher coach pastor"
        " doctor employee supervisor worker workers contractor landlords renter renters"
        " squatter squatters criminal perp offender culprit accomplice partner friend friends"
        " classmate student students cop person individual individuals male female subject"
        " guy's man's recruiter smuggler coyote buyer buyers broker agent lawyer notary creep"
        " bully boyfriend girlfriend bf gf stepdad stepfather pusher cook ringleader leader"
        " shopkeeper clerk cashier mechanic bartender bouncer tweaker junkie hooker prostitute"
        " arsonist molester predator abuser rapist killer murderer kidnapper hacker poster"
        " brother-in-law chick bro intruder attacker imposter impostor impersonator foreman"
        " handyman nanny babysitter caregiver orderly principal guard deputy trespasser tech"
    ),
    "FAMILY": (
        "mom moms mom's mother mother's mama dad dads dad's father wife wifes wife's husband"
        " husbands sister sisters sister's brother son sons daughter daughters grandma"
        " grandmas grandmother granny grandpa aunt auntie aunts hubby jefa jefita nana"
    ),
    "CONTACT": (
        "call text txt tx cal calll ring dial reach contact contct msg message messge hit"
        " holla holler ping email e-mail write buzz dm reply respond callback phone rech"
        " reached get follow add find catch send"
    ),
    "CONTACT_ME": "hmu txtme callme textme hml hollaatme wtw-me",
    "CONTACTED": (
        "called texted rang dialed messaged emailed phoned contacted calls texts callin"
        " calling texting messaging messages txted txtd calld txts emailing emails wrote"
        " writes spoofed"
    ),
    "LIVE": (
        "manage live lived stay stayed reside rent sleep dwell living staying residing crash work"
    ),
    "LIVE_HE": "lives stays resides rents sleeps works crashes",
    "TITLE": (
        "deaconess deacon elder bishop lt lieutenant mr mrs ms miss dr rev reverend sgt"
        " deputy pastor father sister brother prof capt"
    ),
    "SAID": (
        "said says say saying yelled told tells goes screamed shouted bragged claimed claims"
        " replied answered posted wrote texted whispered announced sayin reads asked screaming"
        " yelling hollered typed"
    ),
    "PHONE": (
        "phone phne fone phon cell celly cellphone telephone tel number numbr nubmer numba"
        " nmber num nbr mobile landline digits contact line ph cel fon numer numbers whatsapp"
        " phone's extension ext fax burner pager direct callback iphone android phn nummber"
    ),
    "EMAIL": "email e-mail mail emial emal gmail yahoo hotmail inbox mailto eml mailbox",
    "NAME": "nickname alias moniker name names nm nme nam name's naem signed firstname fullname",
    "ADDRESS": (
        "address adress addres addy addr house home apartment apt place crib residence pad"
        " trailer condo duplex property porch yard room garage office shop store unit"
        " workplace job"
    ),
    "SSN": "ssn social socials security ss soc ss# socialsecurity itin sin tin",
    "DL": (
        "lic driver license licence lisence liscense dl cdl driver's drivers licens id"
        " identification"
        " passport"
    ),
    "PLATE": "plate plates plat pl8 tag tags license licence lic plte platez registration reg plt",
    "DOB": "born dob birthday bday birthdate birth d.o.b b-day bornd birfday",
    "HANDLE": (
        "handle username user profile account acct insta page tag gamertag cashtag screenname"
        " nick login user handle's @"
    ),
    "IP": "ip ipv4 ipv6",
    "CARD": "card debit visa mastercard amex credit ebt",
    "ACCOUNT": (
        "account acct acc accnt policy routing member membership badge medicaid medicare"
        " insurance passport student employee bank checking savings benefits claim iban bar"
        " mrn permit union guild chapter credential credentials clearance bib cadet ham"
        " amateur callsign prescription dea npi"
        " inmate commission cdc lvn rn cdcr booking alien uscis medi-cal enrollment patient"
    ),
    "GEO": "location coordinates coords gps pin lat latitude spot position loc",
    "THING": (
        "case ticket model serial badge unit lot item sku invoice order tracking container"
        " receipt permit file docket incident part vin code pin gate room space flight bus"
        " route engine lottery bill check cheque confirmation report citation warrant isbn upc"
        " batch version reference ref apn parcel truck cab locker suite bay building bldg hwy"
        " highway mile exit score number-plate usdot dot mc po invoice# page chapter section"
        " penal asset barcode imei meter pole hydrant trailer rev reward"
    ),
    "STREET": (
        "st street ave avenue av rd road dr drive ln lane blvd boulevard ct court way pl"
        " place cir circle pkwy parkway ter terrace hwy highway trl trail loop sq square plaza"
        " alley row run pass crossing walk strt stret avenu bl cres creek ranch expressway"
        " freeway aly"
    ),
    "UNIT": (
        "apt ap apartment unit space spc sp # suite ste room rm bldg building trailer lot"
        " floor no num number slot upstairs downstairs"
    ),
    "VEHICLE": (
        "car truck van suv pickup jeep sedan motorcycle bike whip ride vehicle bmw ford honda"
        " toyota nissan chevy chevrolet dodge ram kia hyundai mazda tesla lexus gmc subaru"
        " acura audi buick cadillac chrysler volkswagen vw mercedes benz infiniti mitsubishi"
        " accord civic camry corolla altima sentra silverado tahoe yukon f150 f-150 f250"
        " mustang camaro charger challenger prius tacoma tundra explorer escape focus fusion"
        " malibu impala elantra sonata odyssey pilot crv rav4 minivan trailer boat scooter"
        " harley rv white black silver gray grey red blue green gold tan brown maroon beige"
        " old new little work company family own personal 🚗 🚙 🚘 🚐 🛻 🏍 wheels coupe hatchback"
        " wagon lowrider ranger soul optima forte rogue versa maxima pathfinder frontier"
        " rig semi tractor 18-wheeler cascadia peterbilt kenworth freightliner uber lyft taxi jetta"
        " bus hyundai volvo scion saturn pontiac mercury mini fiat jaguar jag porsche tsuru"
        " colorado sierra wrangler cherokee patriot compass durango caravan expedition"
        " suburban escalade equinox trax cruze sonic jetta passat golf beetle model"
    ),
    "LINK": (
        "am is are iz was at on = number # no num numbers to @ from of the be should and or as"
        " right now here still it's its that's thats has reads personal current own direct"
        " best new old work home main private primary via using use through by full first last"
        " legal real actual under for listed please plz pls in anytime tonight today tomorrow"
        " always only just cell phone address whole mailing physical business r you can u goes"
        " ending starts begins temporary other second back up"
    ),
    "ADVERT": (
        "note caller ad ads flyer flier website site listing poster billboard sign craigslist"
        " marketplace escort advert advertisement backpage business-card card-says page-says"
        " hotline card painted scam spam robocall robocalls van-says posting posts offerup"
        " voicemail-says"
    ),
    "DEED": (
        "sells sold sell selling deals dealing stole steals stealing robbed robs shot shoots"
        " hit hits beat beats runs running keeps kept sent sends threatened threatens belongs"
        " did does drives drove has had took takes uses used moves moving owes cooks grows"
        " hides hid killed stabbed raped molested forged bought buys traffics pimps scams"
        " scamming scammed owns slaps hurts broke breaks burned was is are were went came said"
        " says lives works wants wanted carries carried got gets makes made kidnapped holds"
    ),
    "THANKS": (
        "thanks thank thx ty tysm tyvm thnx thanx tks sincerely regards respectfully yours"
        " truly best cheers love fraternally confidence obedient servant undersigned sined"
        " xoxo signed signing cordially bless warmly faithfully peace blessings gratefully"
        " thankyou appreciate tanks rgds"
    ),
    "GREETING": (
        "hi hey hello yo sup hola wuts wut wassup wazzup whats good good-day up morning"
        " afternoon evening howdy greetings dear ok okay"
    ),
    "MEASURE": (
        "am pm a.m p.m hours hrs hour mins minutes min sec seconds dollars bucks lbs lb"
        " pounds pound oz ounces kg kilos kilo grams gram g mg ft feet inches inch in miles"
        " mile mi mph years year yrs yo y/o days day weeks week months month percent plants"
        " people times guys kids dogs guns cars pills bags block blocks caliber mm cal rounds"
        " gallons acres k hundred thousand million units boxes dls cases crates pallets tons"
        " head heads birds cc"
    ),
    "BLOCK": (
        "by when but while then saw hit chased chasing following followed tailing because so"
        " if where rammed against near with hitting crashed into sideswiped backed clipped"
        " passed rear-ended behind stolen-by another someone's who which other"
    ),
    "NEAR": (
        "behind across near beside next outside opposite around between past facing inside"
        " under over above below down front neighbor neighbors nextdoor"
    ),
    "PLATFORM": (
        "snap snapchat sc insta instagram ig tiktok tik-tok twitter x fb facebook discord"
        " telegram tele signal kik whatsapp reddit xbox psn youtube yt threads bluesky venmo"
        " cashapp cash zelle paypal gamertag steam roblox onlyfans linkedin messenger bigo"
        " disc matrix cb bereal threema strava xbl gt wickr wechat line mastodon twitch"
        " hinge tinder grindr bumble ticktock snaps"
    ),
    "MAYBE": (
        "will mark rose art may june april august joy faith hope grace dawn eve ivy iris"
        " olive robin ray sandy sean frank bill bob guy gene dick chance chase drew pat"
        " patience pearl penny ruby sage violet prince star summer autumn angel jesus cruz"
        " leon dolores mercedes milagros socorro consuelo flor luz sol blanca clara alba"
        " nieves cielo rocio paz piedad luna stone rusty dusty jack carol harmony precious"
        " jewel earl duke rich buddy sonny junior hunter justice major noble king destiny"
        " heaven trinity charity constance victor norm skip brook brooke daisy lily heather"
        " holly amber crystal jade coral hazel ginger candy candice sunny sky paris dallas"
        " austin israel german ty van lane reed jay kay bea dot"
    ),
    "MONTH": (
        "january february march april may june july august september october november"
        " december jan feb mar apr jun jul aug sep sept oct nov dec"
    ),
    "COMMON": (
        "monday tuesday wednesday thursday friday saturday sunday officer officers police pd"
        " sheriff detective dispatcher operator mexican american catholic muslim christian"
        " texan salvadoran hispanic latino latina christmas easter anonymous anon concerned"
        " resident citizen scared afraid tired worried writing calling texting reporting lol"
        " lmao rn tbh asap plz pls u ur r n ya yall y'all gonna gotta wanna cuz cus bc bcuz w"
        " tmrw tmr smh fr ngl idk imo btw omg wtf af also about modesto ceres turlock"
        " patterson oakdale riverbank manteca stockton tracy-city fresno california ca usa"
        " crimestoppers tips tip whos who's whats what's theres there's dont don't cant can't"
        " doesnt doesn't isn't aint wasnt werent wouldnt couldnt shouldnt wont didnt"
        " didn't isnt not sure sorry walking driving going seeing looking trying"
        " here again speaking dat dis da tha thru gon finna n' em selling slinging dealing sum"
        " sumone sumbody thats dope meth coke weed fent xans percs crack dro heroin lean molly"
        " guns gun strap glock ak blick stolen drugs drug sellin dealin movin pushin"
    ),
}
