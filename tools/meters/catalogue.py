"""All virtual meters by the name that `METER=` takes."""

from tools.meters.agreed import OnePass, StaticUnified
from tools.meters.amis import Amis
from tools.meters.kaifa import KaifaKsmWest, KaifaNetzNoe
from tools.meters.kaifa_operators import (
    KaifaInnsbruck,
    KaifaNetzNoeOnePhase,
    KaifaNetzNoeTransformer,
    KaifaSalzburg,
    KaifaTinetzOnePhase,
    KaifaVorarlberg,
)
from tools.meters.kamstrup import Kamstrup
from tools.meters.landisgyr import (
    EnergieServices,
    EnergieServicesTransformer,
    Steiermark,
    SteiermarkOnePhase,
)
from tools.meters.nes import Mtr1000, Mtr3000, Mtr3000Ct, Mtr3000Demand, Mtr3000Gen4
from tools.meters.oms_wired import OmsWired
from tools.meters.positional import (
    Burgenland,
    BurgenlandInfrared,
    KaerntenIskra,
    KaerntenSiemens,
    WelsSiemens,
    WienerNetzeIskra,
    WienerNetzeLandisGyr,
    WienerNetzeSiemens,
)
from tools.meters.sagemcom import (
    SagemcomNetzNoe,
    SagemcomNetzNoeOld,
    SagemcomP1,
    SagemcomS210NetzNoe,
    SagemcomS210P1,
)
from tools.meters.wmbus_neighbourhood import Neighbourhood
from tools.meters.wmbus_nes import WmbusNes

# Those that push DLMS, in the order of REQUIREMENTS.md M.
DLMS = (
    KaifaNetzNoe,
    KaifaNetzNoeOnePhase,
    KaifaNetzNoeTransformer,
    SagemcomNetzNoe,
    SagemcomNetzNoeOld,
    SagemcomS210NetzNoe,
    KaifaKsmWest,
    KaifaTinetzOnePhase,
    KaifaInnsbruck,
    KaifaSalzburg,
    KaifaVorarlberg,
    KaerntenIskra,
    KaerntenSiemens,
    WelsSiemens,
    WienerNetzeSiemens,
    WienerNetzeIskra,
    WienerNetzeLandisGyr,
    Burgenland,
    BurgenlandInfrared,
    SagemcomP1,
    SagemcomS210P1,
    Steiermark,
    SteiermarkOnePhase,
    EnergieServices,
    EnergieServicesTransformer,
    Kamstrup,
)

# Those that speak M-Bus with OMS records: infrared, wired, on the air.
OMS = (Amis, OmsWired, WmbusNes, Neighbourhood)

# Those that answer on a MEP port.
NES = (Mtr3000, Mtr3000Demand, Mtr3000Gen4, Mtr3000Ct, Mtr1000)

# Those that agree on keys with the adapter, and wait for its public key.
AGREED = (OnePass, StaticUnified)

METERS = {kind.NAME: kind for kind in (*DLMS, *AGREED, *OMS, *NES)}
