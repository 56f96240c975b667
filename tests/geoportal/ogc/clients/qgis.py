"""Read an API by QGIS, under the Python it came with; prints what was read as JSON."""

import json
import sys


def main(url, *names):
    """Read layers whole, and by a box."""
    sys.path.pop(0)  # this folder, where this file hides QGIS itself
    from qgis.core import QgsApplication  # noqa: PLC0415 - not there in our own Python

    application = QgsApplication([], False)
    application.initQgis()
    json.dump({name: read(url, name) for name in names}, sys.stdout)
    sys.stdout.flush()
    application.exitQgis()


def read(url, name):
    """What QGIS says of a layer, and how many features it reads."""
    from qgis.core import QgsFeatureRequest, QgsRectangle, QgsVectorLayer, QgsWkbTypes  # noqa: PLC0415

    layer = QgsVectorLayer(f"url='{url}' typename='{name}'", name, "OAPIF")
    box = QgsFeatureRequest(QgsRectangle(20, 43, 21, 44.1))
    return {
        "valid": layer.isValid(),
        "count": layer.featureCount(),
        "read": sum(1 for _ in layer.getFeatures()),
        "crs": layer.crs().authid(),
        "type": QgsWkbTypes.displayString(layer.wkbType()),
        "fields": {field.name(): field.typeName() for field in layer.fields()},
        "in_box": sum(1 for _ in layer.getFeatures(box)),
    }


if __name__ == "__main__":
    main(*sys.argv[1:])
