/**
 * The examples of each command's `--help`. Tests run every one of them.
 */
export const EXAMPLES = {
  sim: [
    'sim --quick',
    'sim S4 --quick --policies unbounded-queue,processor --seeds 2',
    'sim --loads 1.2,2 --policies limiter --quick --out lab-results/limiter.json',
    'sim --scenario packages/lab/data/example-scenario.yaml --policies count-160,processor',
  ],
  report: ['report --quick --out lab-results/report.html'],
  validate: ['validate --quick'],
  size: [
    'size --rate 640 --service-rate 800 --service-p99 92 --deadline 200',
    'size --rate 640 --service-times packages/lab/data/service-times.txt --workers 16 --deadline 200',
    'size --rate 960 --service-rate 800 --service-p99 92 --deadline 5000 --item-bytes 10000 --memory 20000000',
  ],
  replay: [
    'replay packages/lab/data/worldcup98-1998-07-07.csv --scale 0.01 --service-rate 25 --slots 1',
    'replay packages/lab/data/access.log.gz --scale 20 --policy drop-newest --service-rate 50 --slots 2',
  ],
  live: ['live --quick', 'live --quick --slots 2 --loads 4 --policies unbounded-queue,processor'],
} as const satisfies Readonly<Record<string, readonly string[]>>

/** The examples of a command as `--help` shows them. */
export function examplesText(command: keyof typeof EXAMPLES): string {
  return `\nExamples:\n${EXAMPLES[command].map((line) => `  npm run lab -- ${line}`).join('\n')}\n`
}
