"""IEEE 1284 device ids: `MFG:Example;MDL:Test;SN:ABC123;`. Pure."""


def device_id(text: str) -> dict[str, str]:
    """By upper-case key; the long names of the standard as well as the short."""
    pairs = (part.partition(":") for part in text.split(";"))
    return {_LONG.get(key, key): value.strip() for name, _, value in pairs if value.strip() and (key := _key(name))}


def _key(name: str) -> str:
    return name.strip().upper()


_LONG = {"MANUFACTURER": "MFG", "MANUFACTURE": "MFG", "MODEL": "MDL", "COMMAND SET": "CMD", "CLASS": "CLS"}
