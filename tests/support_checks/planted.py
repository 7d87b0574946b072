"""The values that the checks of the canary scan plant."""

from __future__ import annotations

from tests.support.canary import Canary

NUMBER = "+12095550143"
TIP = "The red van behind Quimby's bakery unloads at 3 AM, ask for Dmitri"
SPANISH = "Está escondiéndose detrás de la panadería señorial"
CHINESE = "红色面包车每天凌晨三点在面包店后面卸货请小心司机"
CANARIES = (
    Canary("resident", NUMBER, "number"),
    Canary("tip", TIP, "text"),
    Canary("spanish", SPANISH, "text"),
    Canary("chinese", CHINESE, "text"),
    Canary("sid", "SM7f3b29c4d1e80a6655aa01c9be77d2f4", "id"),
    Canary("street", "1420 Wisteria Ln", "address"),
    Canary("browser", "Mozilla/5.0 (Canary; Plan 9) Tip/7.1", "agent"),
    Canary("client", "10.83.7.209", "ip"),
)
