/**
 * The shaders of the WebGL2 renderer: `coverage.ts` in GLSL, and four traces laid over the page at once.
 *
 * Coordinates are device pixels from the upper left corner; WebGL counts rows from below, so both ends
 * turn them over.
 *
 * @module
 */

import { FAINTEST } from "./coverage.ts";

const HEADER = `#version 300 es
precision highp float;
precision highp int;
uniform vec2 size;
uniform float radius;
`;

const PLACE = `
void place(vec2 at) {
  gl_Position = vec4(at.x / size.x * 2.0 - 1.0, 1.0 - at.y / size.y * 2.0, 0.0, 1.0);
}
vec2 corner() {
  return vec2(float(gl_VertexID & 1), float(gl_VertexID >> 1));
}
`;

const COVER = `
uniform vec4 channel;
out vec4 covered;
vec2 pixelCentre() {
  return vec2(gl_FragCoord.x, size.y - gl_FragCoord.y);
}
`;

/** Vertex and fragment shader of a program. */
export interface ShaderPair {
  readonly vertex: string;
  readonly fragment: string;
}

/** Strokes: one quad each, as far out as the stroke covers anything. */
export const STROKE_SHADERS: ShaderPair = {
  vertex: `${HEADER}
layout(location = 0) in vec4 stroke;
flat out vec4 ends;
${PLACE}
void main() {
  vec2 along = stroke.zw - stroke.xy;
  float length2 = dot(along, along);
  vec2 ahead = length2 > 0.0 ? along * inversesqrt(length2) : vec2(1.0, 0.0);
  vec2 aside = vec2(-ahead.y, ahead.x);
  // A little more than needed: what the quad leaves out cannot be covered.
  float reach = radius + 0.6;
  vec2 at = corner();
  ends = stroke;
  place(mix(stroke.xy - ahead * reach, stroke.zw + ahead * reach, at.x)
    + aside * reach * (at.y * 2.0 - 1.0));
}`,
  fragment: `${HEADER}${COVER}
flat in vec4 ends;
void main() {
  vec2 along = ends.zw - ends.xy;
  vec2 there = pixelCentre() - ends.xy;
  float length2 = dot(along, along);
  float t = length2 > 0.0 ? clamp(dot(there, along) / length2, 0.0, 1.0) : 0.0;
  float share = min(radius + 0.5 - distance(there, along * t), 1.0);
  covered = share > ${FAINTEST} ? channel * share : vec4(0.0);
}`,
};

/** Bars: one quad each, whole pixels. `reach` is `barReach()` of coverage.ts. */
export const BAR_SHADERS: ShaderPair = {
  vertex: `${HEADER}
layout(location = 0) in vec3 bar;
uniform float reach;
flat out vec3 column;
${PLACE}
void main() {
  vec2 at = corner();
  column = vec3(bar.x + 0.5, bar.y - radius, bar.z + radius);
  place(vec2(
    mix(bar.x - reach, bar.x + 1.0 + reach, at.x),
    mix(floor(column.y), ceil(column.z), at.y)
  ));
}`,
  fragment: `${HEADER}${COVER}
flat in vec3 column;
void main() {
  vec2 here = pixelCentre();
  float across = clamp(radius + 0.5 - abs(here.x - column.x), 0.0, 1.0);
  float share = min(here.y + 0.5, column.z) - max(here.y - 0.5, column.y);
  covered = channel * across * clamp(share, 0.0, 1.0);
}`,
};

/** Lays the coverage of four traces over the picture, the first lowest. */
export const LAY_SHADERS: ShaderPair = {
  vertex: `${HEADER}
${PLACE}
void main() {
  place(corner() * size);
}`,
  fragment: `${HEADER}
uniform sampler2D coverage;
uniform vec3 colours[4];
out vec4 picture;
void main() {
  vec4 covered = texelFetch(coverage, ivec2(gl_FragCoord.xy), 0);
  vec4 laid = vec4(0.0);
  for (int i = 0; i < 4; i++) {
    laid = laid * (1.0 - covered[i]) + vec4(colours[i], 1.0) * covered[i];
  }
  picture = laid;
}`,
};
