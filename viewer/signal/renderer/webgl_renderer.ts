/**
 * Traces by WebGL2: one context for everything, its picture put on the page's own canvas.
 *
 * Four traces at a time: the coverage of each in one channel of a texture, where the greater of
 * overlapping shapes counts, then all four laid over the picture in their order. A browser keeps sixteen
 * contexts at most and may take any of them away: a lost one is said at once, and rebuilt when it is
 * given back. The page keeps its pixels meanwhile, because they are not this context's.
 *
 * @module
 */

import type { PictureCanvas } from "../surface.ts";
import { barReach, rgbOf } from "./coverage.ts";
import {
  lineRadius,
  shapeTrace,
  type Trace,
  type TraceArea,
  type TraceShapes,
} from "./shape_traces.ts";
import type { TraceRenderer } from "./trace_renderer.ts";
import { BAR_SHADERS, LAY_SHADERS, type ShaderPair, STROKE_SHADERS } from "./webgl_programs.ts";

/** Traces laid at once: the channels of a texture. */
const GROUP = 4;

/** What is told about the context. */
export interface WebglEvents {
  /** The context went away, or came back and everything is built again. */
  readonly onAvailable: (isAvailable: boolean) => void;
}

/** The renderer, and the way to have its context taken away. */
export interface WebglRenderer extends TraceRenderer {
  /** For tests: loses the context, as a driver would. Restored by the function returned. */
  loseContext(): () => void;
}

/**
 * Makes the renderer.
 *
 * @param canvas Of its own, not on the page.
 * @returns Undefined where the browser has no WebGL2, or none to spare.
 */
export function createWebglRenderer(
  canvas: PictureCanvas,
  { onAvailable }: WebglEvents,
): WebglRenderer | undefined {
  const gl = canvas.getContext("webgl2", {
    antialias: false,
    depth: false,
    stencil: false,
  }) as WebGL2RenderingContext | null;
  if (gl === null) return undefined;
  let stage: Stage | undefined = openStage(gl);
  if (stage === undefined) return undefined;

  const onLost = (event: Event) => {
    // Without this the browser never gives it back.
    event.preventDefault();
    stage = undefined;
    onAvailable(false);
  };
  const onRestored = () => {
    stage = openStage(gl);
    onAvailable(stage !== undefined);
  };
  canvas.addEventListener("webglcontextlost", onLost);
  canvas.addEventListener("webglcontextrestored", onRestored);

  return {
    kind: "webgl2",
    wasReady: false,
    draw(surface, traces, area) {
      if (stage === undefined || gl.isContextLost()) return false;
      if (canvas.width !== area.width) canvas.width = area.width;
      if (canvas.height !== area.height) canvas.height = area.height;
      drawPicture(gl, stage, traces, area);
      // Lost on the way: the picture is empty, and the page must not get it.
      if (gl.isContextLost()) return false;
      surface.drawImage(canvas, area.x, area.y);
      return true;
    },
    // A graphics card draws a page as fast as it would copy one.
    room: () => 0,
    prepare: () => undefined,
    close() {
      canvas.removeEventListener("webglcontextlost", onLost);
      canvas.removeEventListener("webglcontextrestored", onRestored);
      stage = undefined;
      gl.getExtension("WEBGL_lose_context")?.loseContext();
    },
    loseContext() {
      const extension = gl.getExtension("WEBGL_lose_context");
      extension?.loseContext();
      return () => extension?.restoreContext();
    },
  };
}

/** A program and where its uniforms are. */
interface Program {
  readonly program: WebGLProgram;
  uniform(name: string): WebGLUniformLocation | null;
}

/** Everything a context holds. */
interface Stage {
  readonly strokes: Program;
  readonly bars: Program;
  readonly lay: Program;
  readonly shapes: WebGLBuffer;
  readonly coverage: WebGLTexture;
  readonly framebuffer: WebGLFramebuffer;
  /** Of the coverage texture. */
  width: number;
  height: number;
}

function openStage(gl: WebGL2RenderingContext): Stage | undefined {
  const strokes = link(gl, STROKE_SHADERS);
  const bars = link(gl, BAR_SHADERS);
  const lay = link(gl, LAY_SHADERS);
  if (strokes === undefined || bars === undefined || lay === undefined) return undefined;
  const stage = {
    strokes,
    bars,
    lay,
    shapes: gl.createBuffer(),
    coverage: gl.createTexture(),
    framebuffer: gl.createFramebuffer(),
    width: 0,
    height: 0,
  };
  gl.enable(gl.BLEND);
  gl.enable(gl.SCISSOR_TEST);
  gl.bindBuffer(gl.ARRAY_BUFFER, stage.shapes);
  gl.bindTexture(gl.TEXTURE_2D, stage.coverage);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
  return stage;
}

/** Undefined when the driver refuses the shaders, or the context is gone. */
function link(gl: WebGL2RenderingContext, { vertex, fragment }: ShaderPair): Program | undefined {
  const program = gl.createProgram();
  for (
    const [kind, source] of [[gl.VERTEX_SHADER, vertex], [gl.FRAGMENT_SHADER, fragment]] as const
  ) {
    const shader = gl.createShader(kind);
    if (shader === null) return undefined;
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
    gl.deleteShader(shader);
  }
  gl.linkProgram(program);
  if (gl.getProgramParameter(program, gl.LINK_STATUS) !== true) return undefined;
  const places = new Map<string, WebGLUniformLocation | null>();
  return {
    program,
    uniform(name) {
      if (!places.has(name)) places.set(name, gl.getUniformLocation(program, name));
      return places.get(name) ?? null;
    },
  };
}

/** One trace in the buffer: byte offsets of its shapes. */
interface Placed {
  readonly shapes: TraceShapes;
  readonly strokesAt: number;
  readonly barsAt: number;
}

function drawPicture(
  gl: WebGL2RenderingContext,
  stage: Stage,
  traces: readonly Trace[],
  area: TraceArea,
): void {
  const { width, height } = area;
  resizeCoverage(gl, stage, area);
  gl.viewport(0, 0, width, height);
  gl.bindFramebuffer(gl.FRAMEBUFFER, null);
  gl.scissor(0, 0, width, height);
  gl.clearColor(0, 0, 0, 0);
  gl.clear(gl.COLOR_BUFFER_BIT);
  const placed = upload(gl, traces.map((trace) => shapeTrace(trace, area)));
  const radius = lineRadius(area);
  for (let first = 0; first < traces.length; first += GROUP) {
    const group = placed.slice(first, first + GROUP);
    const top = Math.min(...group.map(({ shapes }) => shapes.top)) - radius - 1;
    const bottom = Math.max(...group.map(({ shapes }) => shapes.bottom)) + radius + 1;
    const from = Math.max(0, Math.floor(top)), to = Math.min(height, Math.ceil(bottom));
    if (from >= to) continue;
    gl.scissor(0, height - to, width, to - from);
    cover(gl, stage, group, area);
    lay(gl, stage, traces.slice(first, first + GROUP), area);
  }
}

function resizeCoverage(gl: WebGL2RenderingContext, stage: Stage, area: TraceArea): void {
  const { width, height } = area;
  if (stage.width === width && stage.height === height) return;
  gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, width, height, 0, gl.RGBA, gl.UNSIGNED_BYTE, null);
  gl.bindFramebuffer(gl.FRAMEBUFFER, stage.framebuffer);
  gl.framebufferTexture2D(
    gl.FRAMEBUFFER,
    gl.COLOR_ATTACHMENT0,
    gl.TEXTURE_2D,
    stage.coverage,
    0,
  );
  stage.width = width;
  stage.height = height;
}

/** All shapes in one buffer: strokes and bars of the first trace, of the second, and so on. */
function upload(gl: WebGL2RenderingContext, traces: readonly TraceShapes[]): Placed[] {
  let bytes = 0;
  const placed = traces.map((shapes) => {
    const strokesAt = bytes;
    const barsAt = strokesAt + shapes.strokes.byteLength;
    bytes = barsAt + shapes.bars.byteLength;
    return { shapes, strokesAt, barsAt };
  });
  gl.bufferData(gl.ARRAY_BUFFER, bytes, gl.STREAM_DRAW);
  for (const { shapes, strokesAt, barsAt } of placed) {
    gl.bufferSubData(gl.ARRAY_BUFFER, strokesAt, shapes.strokes);
    gl.bufferSubData(gl.ARRAY_BUFFER, barsAt, shapes.bars);
  }
  return placed;
}

/** Coverage of up to four traces, each in its channel. */
function cover(
  gl: WebGL2RenderingContext,
  stage: Stage,
  group: readonly Placed[],
  area: TraceArea,
): void {
  gl.bindFramebuffer(gl.FRAMEBUFFER, stage.framebuffer);
  gl.clear(gl.COLOR_BUFFER_BIT);
  gl.blendEquation(gl.MAX);
  gl.blendFunc(gl.ONE, gl.ONE);
  drawShapes(
    gl,
    stage.strokes,
    4,
    area,
    group.map(({ shapes, strokesAt }) => ({
      count: shapes.strokes.length / 4,
      at: strokesAt,
    })),
  );
  drawShapes(
    gl,
    stage.bars,
    3,
    area,
    group.map(({ shapes, barsAt }) => ({
      count: shapes.bars.length / 3,
      at: barsAt,
    })),
  );
}

function drawShapes(
  gl: WebGL2RenderingContext,
  { program, uniform }: Program,
  numbers: number,
  area: TraceArea,
  parts: readonly { readonly count: number; readonly at: number }[],
): void {
  if (parts.every(({ count }) => count === 0)) return;
  const radius = lineRadius(area);
  gl.useProgram(program);
  gl.uniform2f(uniform("size"), area.width, area.height);
  gl.uniform1f(uniform("radius"), radius);
  gl.uniform1f(uniform("reach"), barReach(radius));
  gl.enableVertexAttribArray(0);
  gl.vertexAttribDivisor(0, 1);
  parts.forEach(({ count, at }, channel) => {
    if (count === 0) return;
    gl.vertexAttribPointer(0, numbers, gl.FLOAT, false, 0, at);
    const [red, green, blue, alpha] = [0, 1, 2, 3].map((i) => i === channel ? 1 : 0);
    gl.uniform4f(uniform("channel"), red!, green!, blue!, alpha!);
    gl.drawArraysInstanced(gl.TRIANGLE_STRIP, 0, 4, count);
  });
}

function lay(
  gl: WebGL2RenderingContext,
  { lay: { program, uniform } }: Stage,
  traces: readonly Trace[],
  area: TraceArea,
): void {
  gl.bindFramebuffer(gl.FRAMEBUFFER, null);
  gl.blendEquation(gl.FUNC_ADD);
  gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
  gl.useProgram(program);
  gl.uniform2f(uniform("size"), area.width, area.height);
  const colours = new Float32Array(GROUP * 3);
  traces.forEach(({ colour }, i) => colours.set(rgbOf(colour).map((value) => value / 255), i * 3));
  gl.uniform3fv(uniform("colours"), colours);
  gl.disableVertexAttribArray(0);
  gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
}
