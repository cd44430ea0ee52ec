/**
 * Lets a flood of so many clients, each new, pass a limiter on process memory: `flood-app.ts <clients> <maxKeys>`. One client has spent
 * its limit before, and asks again now and then. Prints as JSON how often that one was admitted during the flood, the answer
 * after its window, how many keys the storage held at most, and how many it gives back once all are over.
 */
import { createLimiter, type Decision } from '../../src/index.ts'
import { memoryStorage } from '../../src/storage/memory/memory-storage.ts'
import { ManualClock } from '../../src/testing/index.ts'

const CLIENTS = Number(process.argv[2])
const maxKeys = Number(process.argv[3])
const HOUR = 3_600_000

interface Call {
  readonly client: string
}

const clock = new ManualClock()
const storage = memoryStorage({ maxKeys })
const limiter = createLimiter<Call>({ key: ({ client }) => client, storage, clock, logger: {} })
const limits = [limiter.limit('3 per hour')]
const decide = (client: string): boolean =>
  (limiter.decide({ client }, { endpoint: 'work', limits }) as Decision).allowed

let readmitted = 0
for (let i = 0; i < 3; i++) decide('spent')
for (let i = 0; i < CLIENTS; i++) {
  // All of it within the hour.
  if (i % 1000 === 0) clock.advance(Math.floor((HOUR * 500) / CLIENTS))
  if (!decide(`client ${i}`)) throw new Error(`client ${i} was refused`)
  if (i % 10_000 === 0 && decide('spent')) readmitted += 1
}
clock.advance(HOUR)
const isBack = decide('spent')
const held = await storage.reset('')
console.log(JSON.stringify({ readmitted, isBack, isWithin: held <= maxKeys }))
