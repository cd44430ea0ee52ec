/**
 * `worker.mjs SUBJECT KEYS admitted|refused MS` answers each message with how many decisions of a subject it makes a second, as it
 * did for so many ms. Both are CPU time of all threads: what others do on the machine is not in it, collecting garbage is.
 */
import { SUBJECTS } from '../subjects.mjs'

const DAY = 86_400_000
const AT_ONCE = 1000
// Slices. The compiler comes to the bottom of it late, because admitting what is then refused looked different.
const WARM_UP = 20

const [name, keyCount, mode, ms] = process.argv.slice(2)
const { create, waits = false } = SUBJECTS[name]
// As much as is spent at most; with more, a token bucket would be full again, and gone, before it is asked again.
const plenty = keyCount === '1' ? 100_000_000 : 20_000
const decide = await create(mode === 'admitted' ? plenty : 1, DAY)

// In one piece, as a key is that comes off the wire.
const keys = Array.from({ length: Number(keyCount) }, (_, i) => inOnePiece(`client:${String(i).padStart(33, '0')}`))
shuffle(keys)

let next = 0
// Every key is known before the first decision that counts, and has spent its 1 where it is to be refused.
for (const key of keys) await decide(key)
// What making a million keys left behind would be collected for a second, beside decisions that have nothing to do with it.
globalThis.gc()
for (let slice = 0; slice < WARM_UP; slice++) await measure()
process.on('message', async () => process.send(await measure()))
process.send('ready')

async function measure() {
  const started = cpuMs()
  let elapsed = 0
  let count = 0
  for (; elapsed < Number(ms); elapsed = cpuMs() - started) {
    if (waits) await decideLater()
    else decideNow()
    count += AT_ONCE
  }
  return (count / elapsed) * 1000
}

function decideNow() {
  for (let i = 0; i < AT_ONCE; i++) decide(nextKey())
}

async function decideLater() {
  for (let i = 0; i < AT_ONCE; i++) await decide(nextKey())
}

function nextKey() {
  next = next + 1 === keys.length ? 0 : next + 1
  return keys[next]
}

function cpuMs() {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

function inOnePiece(text) {
  return Buffer.from(text).toString('latin1')
}

/** The same order in every run, and not the one in which the keys lie in memory. */
function shuffle(list) {
  let random = 1
  for (let i = list.length - 1; i > 0; i--) {
    random = (Math.imul(random, 1_103_515_245) + 12_345) >>> 0
    const other = Math.floor((random / 2 ** 32) * (i + 1))
    ;[list[i], list[other]] = [list[other], list[i]]
  }
}
