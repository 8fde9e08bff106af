"""Everyday words for the same thing, in English and German: promised in one note, told in other words in a later one.

One thing, or one deed, a line; a line that is set in goes on with the one before.
"""

from __future__ import annotations

from functools import lru_cache

from include.embedded_model.words import singular

_THINGS = """
bike bikes bicycle fahrrad
car van wagen auto
tyre tyres tires reifen winterreifen sommerreifen wheel
bill invoice rechnung
tax steuer steuererklärung
insurance versicherung haftpflicht
membership mitgliedschaft
contract vertrag
letter brief
postcard postkarte
card karte birthday-card geburtstagskarte
parcel package paket päckchen
present gift geschenk geburtstagsgeschenk
flower flowers blume blumen tulips tulpen roses rosen bouquet strauß
cake kuchen torte
dinner abendessen essen meal lunch mittagessen cook
book buch
photo picture foto fotos bild bilder passfoto
report bericht
minutes protokoll
slides folien presentation präsentation deck
application antrag bewerbung
form formular
offer quote angebot estimate kostenvoranschlag quotation
appointment termin
dentist zahnarzt tooth teeth zähne füllung fillings
doctor arzt ärztin hausarzt
physio physiotherapie krankengymnastik
vaccination vaccinations impfung impfheft impfpass
prescription rezept
medicine tablets medikament tabletten
blood blut bluttest
glasses brille
school schule
kindergarten kita kindergarten nursery daycare
landlord vermieter landlady vermieterin
key keys schlüssel
flat apartment wohnung
house haus
room zimmer
roof dach roofer dachdecker skylight
boiler heating heizung therme
kitchen küche
garden garten
plant plants pflanze pflanzen
lamp lightbulb bulb glühbirne birne lampe
ladder leiter
drill bohrmaschine
tool tools werkzeug
wrench drehmomentschlüssel
shelf regal
desk tisch table
bed bett
chair stuhl
piano klavier
guitar gitarre
dog hund
cat katze kater
vet tierarzt
nappy nappies diaper diapers windel windeln
milk milch
bread brot
wine wein
food lebensmittel groceries einkauf
shoes schuhe
glove gloves handschuh handschuhe
jacket coat jacke mantel
shirt hemd
blouse bluse
trousers hose
dress kleid
suit anzug
coach bus
grades marks noten
neighbour neighbor nachbar nachbarin
sister schwester
brother bruder
parents eltern
money geld cash euro euros eur
rent miete
salary gehalt
ticket tickets fahrkarte karten eintrittskarte
train zug bahn
flight flug plane
station bahnhof
hotel unterkunft
trip reise journey
holiday vacation urlaub ferien
party feier birthday geburtstag
wedding hochzeit
concert konzert
cinema kino film movie
exam prüfung klausur
thesis bachelorarbeit masterarbeit hausarbeit dissertation
chapter kapitel
article artikel paper
draft entwurf
feedback rückmeldung comments
review gutachten durchsicht
portfolio mappe folder
signature unterschrift
password passwort
backup sicherung
computer rechner laptop
printer drucker
phone telefon handy
mail email e-mail
photo-book fotobuch
passport passports reisepass ausweis
licence license führerschein
rubbish garbage trash müll
cellar basement keller
window fenster
laundry wäsche
data daten messreihe
figures zahlen numbers
sensor sensoren
calibration kalibrierung cells
pump pumpe ersatzpumpe spare-pump
recipe rezept
map karte
pen stift
brush pinsel
trailer anhänger
mirror spiegel
glue leim kleber
saw säge stichsäge
screw screws schraube schrauben
carpet teppich
curtain curtains vorhang vorhänge
fridge kühlschrank
washing-machine waschmaschine
dishwasher spülmaschine
oven ofen herd backofen
lock schloss
door tür
fence zaun
hedge hecke
lawn rasen
tree baum
seeds samen saatgut
eggs eier
cheese käse
coffee kaffee
soup suppe
bag tasche rucksack backpack
suitcase koffer
tent zelt
boat boot
camera kamera
battery batterie akku
charger ladegerät
cable kabel
screen bildschirm monitor
website webseite homepage
account konto
loan kredit
deposit kaution anzahlung
cv lebenslauf
certificate zeugnis bescheinigung zertifikat
lecture vorlesung vortrag talk
homework hausaufgaben
class klasse kurs course
teacher lehrer lehrerin
choir chor
rehearsal probe generalprobe
match spiel game
team mannschaft
tournament turnier
club verein
meeting sitzung besprechung treffen
agenda tagesordnung
proposal vorschlag
concept konzept
list liste
questionnaire umfrage fragebogen survey
translation übersetzung
poem gedicht
song lied
calendar kalender
stamp briefmarke
grave grab
church kirche
hospital krankenhaus klinik clinic
pharmacy apotheke
operation op surgery
hairdresser friseur haircut
gym fitnessstudio
bees bienen
honey honig
firewood brennholz
chimney schornstein
chimney-sweep schornsteinfeger
electrician elektriker
plumber klempner
carpenter tischler schreiner
lawyer anwalt anwältin
accountant steuerberater steuerberaterin
daughter tochter
son sohn
grandmother oma grandma großmutter
grandfather opa grandpa großvater
aunt tante
uncle onkel
mother mum mama mom mutter
father dad papa vater
boss chef chefin
colleague kollege kollegin
children kids kinder
paint farbe
drawing zeichnung sketch sketches skizze skizzen
poster plakat
"""

_DEEDS = """
send sent mailen mail mailed email emailed post posted schicken schickte geschickt verschickt abgeschickt abschicken
  verschicken gemailt eingeworfen forward forwarded gesendet
submit submitted deliver delivered hand handed upload uploaded abgeben abgegeben einreichen eingereicht liefern
  geliefert abliefern filed turned
buy bought get got order ordered purchase kaufen gekauft besorgen besorgt bestellen bestellt holen geholt auftreiben
  aufgetrieben
call called ring rang phone phoned spoke talked anrufen angerufen telefonieren telefoniert gesprochen telefon
  reached erreicht zurückrufen zurückgerufen melden gemeldet
answer answered reply replied wrote write written schreiben geschrieben antworten geantwortet beantwortet
tell told say said sagen gesagt bescheid inform informed mitteilen mitgeteilt informieren
pay paid transfer transferred bezahlen bezahlt zahlen gezahlt überweisen überwiesen owe settled quitt
return returned bring brought give gave zurückgeben zurückgegeben zurückbringen zurückgebracht bringen gebracht
  geben gegeben drop dropped back
lend lent borrow borrowed leihen geliehen
repair repaired fix fixed mend mended reparieren repariert reparatur mended running runs
replace replaced change changed swap swapped wechseln gewechselt austauschen ausgetauscht
read review reviewed checked check look looked proofread lesen gelesen prüfen geprüft durchgesehen approved gone went
book booked reserve reserved buchen gebucht reservieren reserviert
cancel cancelled canceled kündigen gekündigt
renew renewed extend extended verlängern verlängert
register registered sign signed anmelden angemeldet unterschreiben unterschrieben
clean cleaned clear cleared tidy tidied wash washed putzen geputzt aufräumen aufgeräumt waschen gewaschen empty
  emptied
help helped helfen geholfen
paint painted draw drew drawn malen gemalt zeichnen gezeichnet streichen gestrichen design designed entwerfen
  entworfen
cook cooked bake baked kochen gekocht backen gebacken
finish finished complete completed done abschließen abgeschlossen fertig erledigt erledigen fertiggestellt
install installed mount mounted montieren montiert anbringen angebracht
meet met visit visited treffen getroffen besuchen besucht
pick picked collect collected fetch fetched abholen abgeholt
prepare prepared make made vorbereiten vorbereitet machen gemacht
invite invited einladen eingeladen
come comes coming kommt kam came here vorbei vorbeigekommen
start started begin began anfangen angefangen beginnen begonnen
tune tuned stimmen gestimmt
water watered gießen gegossen
find found ask asked finden gefunden erfragen erfragt
print printed drucken gedruckt ausgedruckt
iron ironed bügeln gebügelt
"""


@lru_cache(maxsize=1)
def _things() -> dict[str, str]:
    return _by_word(_THINGS)


@lru_cache(maxsize=1)
def _deeds() -> dict[str, str]:
    return _by_word(_DEEDS)


def _by_word(lines: str) -> dict[str, str]:
    """Word → the first word of its line."""
    found: dict[str, str] = {}
    for line in lines.strip().replace("\n  ", " ").splitlines():
        words = line.split()
        for word in words:
            found.setdefault(word, words[0])
    return found


def thing(word: str) -> str | None:
    """One name for a thing, of a lower-case word in either language; None for words that no list knows."""
    return _things().get(word) or _things().get(singular(word))


@lru_cache(maxsize=20_000)
def thing_within(word: str) -> str | None:
    """The thing that a lower-case German compound begins or ends with ("Busticket"); None for other words."""
    if len(word) < 9:
        return None
    parts = [part for part in _things() if len(part) >= 5 and len(part) <= len(word) - 3]
    held = [part for part in parts if word.endswith(part)] or [part for part in parts if word.startswith(part)]
    return _things()[max(held, key=len)] if held else None


def deed(word: str) -> str | None:
    """One name for what was done, of a lower-case word in any form the lists know; None for other words."""
    return _deeds().get(word)
