"""Spanish words that tell whose an identifier is, without accents, as phones spell them."""

from __future__ import annotations

from typing import Final

ROLES: Final[dict[str, str]] = {
    "MY": "mi mis nuestro nuestra nuestros nuestras mii",
    "MINE": "mio mia mios mias",
    "I": ("yo soi soy firmante suscrito suscrita estoy nosotros nosotras somos estamos toy tengo"),
    "ME": "me nos conmigo",
    "HIS": "su sus suyo suya suyos suyas",
    "HE": "ella ellos ellas alguien quien quienes unos gente clientes le les",
    "PERSON": (
        "vecino vecina vecinos vecinas sospechoso sospechosa vendedor vendedora dealer hombre"
        " mujer muchacho muchacha muchachos senor senora bato vato batos vatos tipo tipos"
        " chavo chava chavos jefe patron patrona dueno duena ladron ladrones ratero rateros"
        " asesino pandillero pandilleros narco traficante malandro chofer conductor inquilino"
        " casero casera novio novia primo prima tio tio's cunado cunada companero companera"
        " amigo amiga amigos exesposo exnovio expareja ex victima muchachas morro morra morros"
        " nino nina ninos cabron wey guey encargado gerente empleado maestro abogado notario"
        " coyote pollero estafador individuo persona sujeto joven huerco plebe maleante"
        " tirador puchador distribuidor agresor violador acosador pareja padrastro madrastra"
        " intruso intrusa hacker atacante culpable secuestrador secuestradores delincuente"
        " delincuentes criminales presunto viejo vieja ruco ruca gordo gorda cholo cholos sicario"
        " sicarios agente licenciado impostor extorsionador enfermero cuidador sobrino"
        " mayordomo contratista supervisor suegro yerno compa compadre comadre"
    ),
    "FAMILY": (
        "mama mamas papa madre padre esposa esposo marido hermana hermano hija hijo abuela"
        " abuelo tia suegra nuera jefita"
    ),
    "CONTACT": (
        "llame llamen llama llamar hablen hablar hable marquen marcar marque marca contacten"
        " contactar escriban escribir escriba manden mandar texteen textear comuniquense"
        " comunicarse comuniquese localizar encontrar ablen ablar yamen yamar llamarle siganme"
        " agreguen agregar encuentran encontrarme avisen responder contestar contesto pueden"
        " puede"
    ),
    "CONTACT_ME": (
        "llamenme llamame llameme llamarme hablenme hableme hablame hablarme marquenme"
        " marqueme marcame marcarme contactenme contacteme contactarme escribanme escribame"
        " escribeme escribirme mandenme mandeme mandame mandarme avisenme aviseme avisame"
        " localizarme encuentrenme busquenme textenme texteame comunicarse ablenme ableme"
        " ablame yamenme yamame llamemen hablemen siganme sigueme sigame agreguenme agregame"
        " anadanme buscame respondanme respondame diganme digame contestenme ubicarme envienme"
        " enviame tirame tirenme pasenme aventame"
    ),
    "CONTACTED": (
        "mensaje mensajes llamada llamadas llamo hablan llamaron llame hablo hablaron"
        " marco marcaron texteo escribio"
        " escribieron mando mandaron llaman marcan llamaba llamaban hable marque llamando"
        " marcando amenazo amenazan contacto"
    ),
    "LIVE": "vivir domicilio resido",
    "LIVE_I": (
        "vivo dormimos rento trabajo duermo vivimos rentamos trabajamos resido estoy kedo"
        " vibo biyo bibo"
    ),
    "LIVE_HE": "vive viven trabaja trabajan renta rentan duerme duermen vivian vivia esconde",
    "TITLE": (
        "sr sra srta don dona senor senora senorita ing lic doctor doctora profe maestra hno hna"
    ),
    "SAID": (
        "dijo dice dicen dijeron grito gritaba decia contesto respondio puso amenazo publico"
        " posteo gritaron diciendo gritando escribio"
    ),
    "PHONE": (
        "telefono telfono telefno tel cel celular celu celuar movil numero numeros num fono"
        " nro telefonico fijo wasap whats guasap wats extension contacto selular zelular"
        " nuemro numro linea"
    ),
    "EMAIL": "correo email mail electronico coreo correos imeil",
    "NAME": "apodo sobrenombre nombre nombres nonbre llamo apellido firma",
    "ADDRESS": (
        "direccion domicilio casa hogar departamento depa depto apartamento apto cuarto"
        " trailer residencia oficina tienda taller traila direcion"
    ),
    "SSN": "seguro social nss seguridad",
    "DL": "licencia identificacion pasaporte matricula ine lisensia lisencia",
    "PLATE": "placa placas matricula plakas",
    "DOB": "naci nacimiento nacido nacida cumpleanos cumple nasi",
    "HANDLE": "user usuario cuenta perfil pagina",
    "IP": "ip",
    "CARD": "tarjeta debito credito",
    "ACCOUNT": (
        "cuenta poliza ruta banco bancaria clabe empleado miembro afiliacion curp rfc seguro"
        " gafete cedula credencial tarjeta expediente-mio matricula pasaporte consular"
        " aseguranza asegurancia"
    ),
    "GEO": "ubicacion coordenadas posicion",
    "THING": (
        "caso expediente modelo serie folio boleto unidad lote placa-de-obra orden factura"
        " contenedor bodega cuarto codigo clave reporte multa recibo guia espacio edificio"
        " ruta camion carretera autopista kilometro salida medidor"
    ),
    "STREET": (
        "calle av avenida ave blvd bulevar camino carretera privada callejon calzada cll"
        " andador paseo circuito cerrada avda caye kalle"
    ),
    "UNIT": (
        "apto depto departamento int interior num numero apartamento cuarto espacio no traila"
        " local lote letra ap piso lte"
    ),
    "VEHICLE": (
        "carro troca camioneta coche camion moto auto troka trocka van carrito vehiculo"
        " blanco blanca negro negra rojo roja azul gris verde plateado plateada cafe dorado"
        " vieja viejo nuevo nueva trabajo ranfla nave"
    ),
    "LINK": (
        "es son a al en el la numero num no de del con por este esta esta-es personal desde"
        " cual que ahi aqui para y o los las queda porfavor favor porfa pueden puede mismo"
        " directo ubicado ubicada vivo tambien siempre lo termina seria era cualquier hora"
    ),
    "ADVERT": (
        "anuncio anuncia anuncian anuncios volante cartel letrero propaganda publicidad sitio"
    ),
    "DEED": (
        "vende venden vendio roba roban robo robaron golpea golpeo pega pego mato disparo"
        " amenaza tiene tienen guarda guardan trae traen maneja cobra cobran anda andan usa"
        " usan compra esconde esconden es esta estan fue era hizo hace secuestro abusa violo"
        " llevo dio"
    ),
    "THANKS": (
        "gracias atentamente atte saludos cordialmente bendiciones respetuosamente att"
        " saludo reciba respeto quedo bendiga bendigan firmado firmada agradecido agradecida firma"
        " servidor servidora firmo fraternalmente"
    ),
    "GREETING": (
        "hola que onda buenas buenos tardes dias noches oiga oigan bueno disculpe disculpen"
    ),
    "MEASURE": (
        "horas hora minutos minuto pesos dolares varos bolas kilos kilo libras libra gramos"
        " gramo onzas onza anos ano dias semanas meses mes metros millas cuadras personas"
        " perros pistolas bolsas pastillas plantas muchachos mil cientos de-la-manana balazos"
        " veces baros hombres"
    ),
    "BLOCK": (
        "por cuando pero mientras entonces porque si donde choco pego persigue seguia siguio"
        " vi contra un una otro otra chocado"
    ),
    "NEAR": (
        "enfrente frente atras detras lado cerca junto afuera contraesquina pegado entre"
        " vecino esquina dentro"
    ),
    "PLATFORM": "face feis facebook insta disc tele feisbuk whats",
    "MONTH": (
        "enero febrero marzo abril mayo junio julio agosto septiembre setiembre octubre"
        " noviembre diciembre"
    ),
    "COMMON": (
        "el la los las un una unos unas lo al del de y o u e que q k ke ki kien en a con sin"
        " por para pa porq porque pq xq pero si no ya muy mas menos tan como cuando donde aqui"
        " alla ahi ai este esta esto esos esas ese esa eso aquel aquella se le les te tu tus"
        " usted ustedes fue fui ser estar estan hay habia han ha he hemos vi vio ven ver veo"
        " vemos visto quiero quieren puedo pueden puede debe deben tengo tiene tienen hacer"
        " hago hacen hace digo dicen decir dar doy dan da ir voy va van iba vamos sabe saben"
        " todo todos toda todas nada nadie algo alguien siempre nunca hoy ayer manana noche"
        " dia tarde madrugada casa calle escuela iglesia tienda parque cuarto carro troca"
        " droga drogas arma armas pistola cuete cristal mota coca polvo perico fentanilo"
        " pastillas dinero feria robo miedo ayuda favor porfavor porfa gracias policia oficial"
        " testigo mexicano mexicana hondureno salvadoreno guatemalteco catolico vecino anonimo"
        " anonima residente madre padre solo solamente bien mal bueno malo grande chico viejo"
        " joven nuevo otro otra mismo misma cada tambien entonces luego despues antes ahorita"
        " desde hasta entre sobre bajo contra segun dueno duena estoy ando soy era eran"
        " reportar informacion denuncia denunciar trabajadora trabajador maestra maestro"
        " enfermera chofer jornalero ama testiga atencion mucho mucha muchos muchas poco poca"
        " asi ni osea pues pos wey orale simon nel ahora dos tres cuatro cinco seis siete ocho"
        " nueve diez cien ilegal indocumentado oigo oi escuche escucho vende venden roba roban"
        " pega golpea maneja trae traen"
    ),
}
