// The part of npm:edfdecoder that the comparison uses; the package has no types of its own.

interface DecodedEdf {
  getNumberOfSignals(): number;
  getNumberOfRecords(): number;
  getSignalLabel(index: number): string;
  getSignalDigitalMin(index: number): number;
  getSignalDigitalMax(index: number): number;
  getSignalPhysicalMin(index: number): number;
  getRawSignal(index: number, record: number): Int16Array;
}

declare const edfdecoder: {
  EdfDecoder: new () => {
    setInput(buffer: ArrayBuffer): void;
    decode(): void;
    getOutput(): DecodedEdf | null;
  };
};

export default edfdecoder;
