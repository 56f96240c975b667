"""Maps that are one HTML file and need nothing else: previews, embeds, reports, files to keep."""

from geoportal.folium_maps.document import POLICY, Sheet, document
from geoportal.folium_maps.of_layers import MOST_FEATURES, Pick, of_layers

__all__ = ["MOST_FEATURES", "POLICY", "Pick", "Sheet", "document", "of_layers"]
