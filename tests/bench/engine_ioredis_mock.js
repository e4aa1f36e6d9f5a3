// The worker of tests/bench/engine for ioredis-mock: FOLDER is where npm put it. Jobs as for server/script/examples/bench.rs.
// It knows no EVALSHA; fifty calls are on their way at a time.
const { readFileSync } = require('fs')
const Redis = require(process.argv[2] + '/node_modules/ioredis-mock')
const client = new Redis()
const failed = new Set()

async function run(line) {
  const [millis, file, count, ...words] = line.split('\t')
  if (failed.has(file)) return '-'
  const code = readFileSync(file, 'utf8')
  const call = () => client.eval(code, Number(count), ...words)
  try {
    await call()
    const start = process.hrtime.bigint()
    let runs = 0
    let nanos = 0
    do {
      await Promise.all(Array.from({ length: Number(millis) > 1 ? 50 : 1 }, call))
      runs += 50
      nanos = Number(process.hrtime.bigint() - start)
    } while (nanos < Number(millis) * 1e6)
    return ((runs / nanos) * 1e9).toFixed(0)
  } catch (error) {
    failed.add(file)
    console.error(`ioredis-mock: ${file}: ${error.message}`)
    return '-'
  }
}

async function main() {
  for await (const line of require('readline').createInterface({ input: process.stdin })) console.log(await run(line))
  process.exit()
}
main()
