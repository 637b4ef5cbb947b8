// Points by WebGL 2, drawn on a canvas of their own that is then copied onto the map. (First: none.)

class GlPoints {
  static make() {
    return null;
  }
}
