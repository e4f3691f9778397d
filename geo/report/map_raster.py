"""THE GROUND AS A PICTURE: tens of thousands of parcels are painted once, as pixels as fine as print; signs stay lines.

A PDF that holds every parcel as a path takes a minute to write and longer to open; at 300 dots an inch nobody sees the
difference on paper. Few parcels (an enlargement, a village) stay vectors.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
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
        pixels, returned = picture(extent, paint, dpi=dpi)
        held[extent] = _as_painted(pixels), returned
    painted, returned = held[extent]
    _put(axes, painted, extent, 0.5)
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
    """Puts a picture of the frame (uint8, rows from the north, RGB or RGBA) under all drawn at a higher ``order``."""
    _put(axes, _as_painted(pixels), extent, order)


def _as_painted(pixels: Any) -> Any:
    """RGBA, rows from the south: as painters count."""
    rows, columns, bands = pixels.shape
    painted = np.full((rows, columns, 4), 255, dtype=np.uint8)
    painted[:, :, :bands] = pixels[::-1]
    return painted


def _put(axes: Axes, painted: Any, extent: Frame, order: float) -> None:
    picture = _picture_class()(painted, extent)
    picture.set_zorder(order)
    axes.add_artist(picture)


@cache
def _picture_class() -> type[Any]:
    """An artist that hands pixels to the painter as they are; matplotlib's own image masks and scales every one first.

    A PDF gets each pixel, and the same picture on two maps only once; a PNG gets averages at its own dots.
    """
    from matplotlib.artist import Artist
    from matplotlib.transforms import Affine2D

    class Picture(Artist):
        def __init__(self, pixels: Any, extent: Frame) -> None:
            super().__init__()
            self.pixels, self.extent = pixels, extent

        def draw(self, renderer: Any) -> None:
            assert self.axes is not None
            e = self.extent
            (left, low), (right, high) = self.axes.transData.transform([(e.west, e.south), (e.east, e.north)])
            gc = renderer.new_gc()
            gc.set_clip_rectangle(self.axes.bbox)
            if renderer.option_scale_image():
                renderer.draw_image(gc, left, low, self.pixels, Affine2D().scale(right - left, high - low))
            else:
                size = max(1, round(right - left)), max(1, round(high - low))
                renderer.draw_image(gc, round(left), round(low), _scaled(self.pixels, size))
            gc.restore()

    return Picture


def _scaled(pixels: Any, size: tuple[int, int]) -> Any:
    from PIL import Image

    return np.array(Image.fromarray(pixels).resize(size, Image.Resampling.BOX))
