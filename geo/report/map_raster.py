"""THE GROUND AS A PICTURE: tens of thousands of parcels are painted once, as pixels as fine as print; signs stay lines.

A PDF that holds every parcel as a path takes a minute to write and longer to open; at 300 dots an inch nobody sees the
difference on paper. Few parcels (an enlargement, a village) stay vectors.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from geo.report.map_frame import Frame
from geo.report.map_page import GROUND

if TYPE_CHECKING:
    import numpy.typing as npt
    from matplotlib.axes import Axes

T = TypeVar("T")
Shared = dict[Frame, Any]  # pictures by their frame, for maps that lie on the same ground
PRINT_DPI = 300
RASTER_ABOVE = 4_000  # polygons of one map: below, paths are as quick and can be enlarged without end


def ground(
    axes: Axes, extent: Frame, polygons: int, paint: Callable[[Axes], T], *, shared: Shared | None = None,
    dpi: int = PRINT_DPI,
) -> T:  # fmt: skip
    """Lets ``paint`` draw the ground of a map: as a picture under all else when it has many polygons, else as paths.

    shared: keeps the picture, and what ``paint`` returned, for the next map of the same frame.
    """
    if polygons <= RASTER_ABOVE:
        return paint(axes)
    held = {} if shared is None else shared
    if extent not in held:
        held[extent] = picture(extent, paint, dpi=dpi)
    pixels, returned = held[extent]
    lay(axes, pixels, extent)
    told: T = returned
    return told


def picture(extent: Frame, paint: Callable[[Axes], T], *, dpi: int = PRINT_DPI) -> tuple[npt.NDArray[np.uint8], T]:
    """What ``paint`` draws into axes of the frame, true to scale: pixels (rows from the north, RGBA) and what it
    returned. The same pixels can lie under several maps of that frame."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(extent.width_mm / 25.4, extent.height_mm / 25.4), dpi=dpi, facecolor=GROUND)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_xlim(extent.west, extent.east)
    axes.set_ylim(extent.south, extent.north)
    axes.set_axis_off()
    returned = paint(axes)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.array(canvas.buffer_rgba()), returned


def lay(axes: Axes, pixels: Any, extent: Frame, *, order: float = 0.5) -> None:
    """Puts a picture of the frame under all that is drawn at a higher ``order``: pixel by pixel in a PDF."""
    from matplotlib.image import AxesImage

    image = AxesImage(
        axes, extent=(extent.west, extent.east, extent.south, extent.north), origin="upper", interpolation="none",
        zorder=order,
    )  # fmt: skip
    image.set_data(pixels)
    image.set_clip_path(axes.patch)
    axes.add_image(image)


def smooth(figure: Any) -> None:
    """For a PNG of fewer dots than the pictures: averages them, where a PDF keeps each."""
    for axes in figure.axes:
        for image in axes.images:
            image.set_interpolation("antialiased")
