/**
 * Layer 6. An answer whose body is there already, and goes to the socket as it is.
 *
 * A native Response costs a Headers object, and a stream as soon as its body is read: for an answer of
 * some hundred bytes more than everything else the server does for it. `serve.ts` writes these straight
 * to the connection. To everybody else they are Responses, made into native ones when they are asked for
 * more than status and headers.
 *
 * @module
 */

/** What {@link plainResponse} is given beside the body. */
export interface PlainResponseInit {
  /** Default: 200. */
  readonly status?: number;
  /** Names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** What of an answer goes to the socket. */
export interface PlainParts {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | string;
}

/**
 * A Response with a body in memory.
 *
 * @param body Not copied: it must not change until it has been sent.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { plainResponse } from "@wavekeep/core/service";
 *
 * const response = plainResponse("{}", { status: 201, headers: { "content-type": "application/json" } });
 * strictEqual(response.status, 201);
 * strictEqual(await response.text(), "{}");
 * ```
 */
export function plainResponse(
  body: Uint8Array<ArrayBuffer> | string,
  { status = 200, headers = {} }: PlainResponseInit = {},
): Response {
  return new PlainResponse(body, status, headers) as unknown as Response;
}

/** An answer of JSON. */
export function plainJson(value: unknown, status = 200): Response {
  return plainResponse(JSON.stringify(value), {
    status,
    headers: { "content-type": "application/json" },
  });
}

/** The parts of an answer that {@link plainResponse} made and nobody has read; undefined for any other. */
export function plainParts(response: Response): PlainParts | undefined {
  return response instanceof PlainResponse ? (response as PlainResponse).parts() : undefined;
}

/** Headers of lower-case names that are only set and looked up, until somebody wants more of them. */
class PlainHeaders {
  readonly #plain: Record<string, string>;
  #native: Headers | undefined;

  constructor(headers: Readonly<Record<string, string>>) {
    this.#plain = { ...headers };
  }

  get(name: string): string | null {
    return this.#native === undefined
      ? this.#plain[name.toLowerCase()] ?? null
      : this.#native.get(name);
  }

  has(name: string): boolean {
    return this.get(name) !== null;
  }

  set(name: string, value: string): void {
    if (this.#native === undefined) this.#plain[name.toLowerCase()] = value;
    else this.#native.set(name, value);
  }

  /** What has been set; undefined once the native object has taken over. */
  plain(): Readonly<Record<string, string>> | undefined {
    return this.#native === undefined ? this.#plain : undefined;
  }

  native(): Headers {
    return this.#native ??= new Headers(this.#plain);
  }

  /** From now on these are the headers: the native answer has copied what was set so far. */
  adopt(headers: Headers): void {
    this.#native = headers;
  }
}

/** A Response by its prototype; what it does not know itself, the native one knows. */
class PlainResponse {
  readonly status: number;
  readonly #body: Uint8Array<ArrayBuffer> | string;
  readonly #headers: PlainHeaders;
  #native: Response | undefined;

  constructor(
    body: Uint8Array<ArrayBuffer> | string,
    status: number,
    headers: Readonly<Record<string, string>>,
  ) {
    this.#body = body;
    this.status = status;
    this.#headers = new PlainHeaders(headers);
  }

  get headers(): Headers {
    return this.#native?.headers ?? this.#headers as unknown as Headers;
  }

  get ok(): boolean {
    return this.status >= 200 && this.status < 300;
  }

  parts(): PlainParts | undefined {
    const headers = this.#headers.plain();
    if (this.#native !== undefined || headers === undefined) return undefined;
    return { status: this.status, headers, body: this.#body };
  }

  native(): Response {
    if (this.#native === undefined) {
      const headers = this.#headers.native();
      this.#native = new Response(this.#body, { status: this.status, headers });
      this.#headers.adopt(this.#native.headers);
    }
    return this.#native;
  }
}

/** Getters and methods of a class that its plain stand-in hands on to the native object. */
function handOn(
  stand: { readonly prototype: object },
  native: { readonly prototype: object },
): void {
  const descriptors = Object.getOwnPropertyDescriptors(native.prototype);
  for (const key of Reflect.ownKeys(descriptors)) {
    if (key === "constructor" || Object.hasOwn(stand.prototype, key) || key === "status") continue;
    const { get, value } = descriptors[key as keyof typeof descriptors] as PropertyDescriptor;
    if (get !== undefined) {
      Object.defineProperty(stand.prototype, key, {
        get(this: HasNative) {
          return Reflect.get(this.native(), key);
        },
      });
    } else if (typeof value === "function") {
      Object.defineProperty(stand.prototype, key, {
        value(this: HasNative, ...args: unknown[]) {
          return Reflect.apply(value, this.native(), args);
        },
      });
    }
  }
  Object.setPrototypeOf(stand.prototype, native.prototype);
}

interface HasNative {
  native(): object;
}

handOn(PlainHeaders, Headers);
handOn(PlainResponse, Response);
