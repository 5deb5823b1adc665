/**
 * Names, numbers, dates, labels and samples of nobody, and where they are looked for.
 *
 * @module
 */

/** What must not be seen again, each in the shape that it has in life. */
export const CANARIES = {
  name: "Qxylophon-Zzyzx",
  hospitalNumber: "MRN-99317744",
  birthDate: "13-OCT-1907",
  label: "CanaryLobe7",
  mark: "sneezed-at-canary-o-clock",
  file: "vogelbauer-9931",
  sample: "-28657",
} as const;

/** Everything that the services said where others may read it. */
export class Said {
  readonly #texts: { readonly where: string; readonly text: string }[] = [];

  add(where: string, text: string): void {
    this.#texts.push({ where, text });
  }

  /** The head of an answer, and its body when it is a problem. */
  async answer(where: string, response: Response): Promise<void> {
    const { status, headers } = response;
    const head = [...headers].map((pair) => pair.join(": ")).join("\n");
    // Whoever is not signed in is led back to where they asked for: their own address, and nobody else's.
    this.add(`${where}: ${status}, head`, head.replace(/^(location: \/sign_in\?)to=\S*/m, "$1"));
    if (status < 400) return await response.body?.cancel();
    this.add(`${where}: ${status}`, await response.text());
  }

  /** Where a canary sings; each place once, with a piece around it. */
  get hits(): string[] {
    const found = this.#texts.flatMap(({ where, text }) =>
      Object.entries(CANARIES).flatMap(([what, canary]) => {
        const at = text.toLowerCase().indexOf(canary.toLowerCase());
        return at < 0 ? [] : [`${what} in ${where}: ${text.slice(Math.max(0, at - 60), at + 40)}`];
      })
    );
    return [...new Set(found)];
  }

  get size(): number {
    return this.#texts.length;
  }
}
