import { deepStrictEqual, throws } from "node:assert/strict";
import { formatSeconds, parseRate, parseSeconds } from "../time/mod.ts";
import { chooseRecordLayout } from "./record_layout.ts";

function check(
  name: string,
  rates: string[],
  runs: string[],
  expected: { duration: string; samples: number[]; records: number[]; isPadded?: boolean },
): void {
  Deno.test(`chooseRecordLayout() ${name}`, () => {
    const layout = chooseRecordLayout({
      streams: rates.map((rate) => ({ rate: parseRate(rate), channelCount: 23 })),
      runs: runs.map(parseSeconds),
      bytesPerSample: 2,
    });
    deepStrictEqual(
      {
        duration: formatSeconds(layout.recordDuration),
        samples: layout.samplesPerRecord,
        records: layout.recordCounts,
        isPadded: layout.isPadded,
      },
      { isPadded: false, ...expected },
    );
  });
}

check("gives one second for whole seconds", ["256"], ["41"], {
  duration: "1",
  samples: [256],
  records: [41],
});
check("divides two runs by one duration", ["256"], ["10", "7.5"], {
  duration: "1.25",
  samples: [320],
  records: [8, 6],
});
check("takes ten seconds where a rate has one sample in ten", ["100", "0.1"], ["1200"], {
  duration: "10",
  samples: [1000, 1],
  records: [120],
});
check("finds the divisor nearest to a second for 12.8 Hz", ["12.8"], ["60"], {
  duration: "0.9375",
  samples: [12],
  records: [64],
});
check("pads where nothing of eight characters divides", ["256"], ["9.90234375"], {
  duration: "1",
  samples: [256],
  records: [10],
  isPadded: true,
});
check("pads where a run is no whole number of units", ["100", "0.1"], ["15"], {
  duration: "10",
  samples: [1000, 1],
  records: [2],
  isPadded: true,
});
check("shortens records of very many samples", ["16384"], ["8"], {
  duration: "0.0625",
  samples: [1024],
  records: [128],
});
check("gives no records to no runs", ["256"], [], { duration: "1", samples: [256], records: [] });

Deno.test("chooseRecordLayout() refuses what no record can hold", () => {
  const runs = [parseSeconds("1")];
  throws(() => chooseRecordLayout({ streams: [], runs, bytesPerSample: 2 }), /there is no stream/);
  const streams = ["1/3", "1/9999999999"].map((rate) => ({
    rate: parseRate(rate),
    channelCount: 1,
  }));
  throws(
    () => chooseRecordLayout({ streams, runs, bytesPerSample: 2 }),
    /no duration of 8 characters/,
  );
});
