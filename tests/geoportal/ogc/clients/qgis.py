"""Read an API by QGIS, under the Python it came with; prints what was read as JSON."""

import json
import sys

sys.path.remove(sys.path[0])  # this folder, where this file would hide QGIS itself

from qgis.core import (  # noqa: E402
    QgsApplication,
    QgsFeatureRequest,
    QgsRectangle,
    QgsVectorLayer,
    QgsWkbTypes,
)


def read(url, name):
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


application = QgsApplication([], False)
application.initQgis()
print(json.dumps({name: read(sys.argv[1], name) for name in sys.argv[2:]}))  # noqa: T201
application.exitQgis()
