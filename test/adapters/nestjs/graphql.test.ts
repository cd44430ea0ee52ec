import type { INestApplication, Type } from '@nestjs/common'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { RateLimit, SkipRateLimit, SluiceModule } from '../../../src/adapters/nestjs/index.ts'
import { limiterWith, once, twice } from './playground.ts'
import { otherNest } from './other-nest.ts'
import { createApp, type Nest } from './versions.ts'

/** What is used of @nestjs/graphql, which has a folder of its own: it does not know the TypeScript of this package. */
interface GraphQL {
  readonly MercuriusDriver: object
  readonly GraphQLModule: { forRoot(options: object): Type<object> }
  Query(name: string): MethodDecorator
  Mutation(name: string): MethodDecorator
  Resolver(): ClassDecorator
}

interface Inject {
  inject(request: object): Promise<{ json(): { data?: unknown; errors?: { message: string; extensions?: unknown }[] } }>
}

const nest = await otherNest('graphql')
/** These packages are those of the folder. */
const load: (name: string) => object = createRequire(join(import.meta.dirname, 'versions/graphql/index.js'))

/** Serves a resolver; answers how to send a query. */
async function open(
  nest: Nest,
  limiter: ReturnType<typeof limiterWith>,
): Promise<(query: string) => ReturnType<Inject['inject']>> {
  const { common } = nest
  const packages = { ...load('@nestjs/graphql'), ...load('@nestjs/mercurius') } as GraphQL
  const { GraphQLModule, MercuriusDriver, Mutation, Query, Resolver } = packages
  class Cats {
    cats(): string {
      return 'tom'
    }

    free(): string {
      return 'ok'
    }

    addCat(): string {
      return 'added'
    }
  }
  const decorate = (name: keyof Cats, ...decorators: MethodDecorator[]): void => {
    const descriptor = Object.getOwnPropertyDescriptor(Cats.prototype, name)!
    for (const decorator of decorators) decorator(Cats.prototype, name, descriptor)
  }
  decorate('cats', Query('cats'))
  decorate('free', Query('free'), SkipRateLimit())
  decorate('addCat', Mutation('addCat'), RateLimit(once))
  Resolver()(Cats)
  class AppModule {}
  const typeDefs = ['type Query { cats: String free: String } type Mutation { addCat: String }']
  const graphql = GraphQLModule.forRoot({ driver: MercuriusDriver, typeDefs })
  common.Module({ imports: [SluiceModule.forRoot({ limiter }), graphql], providers: [Cats] })(AppModule)
  const app: INestApplication = await createApp(nest, 'Fastify', AppModule)
  onTestFinished(async () => app.close())
  await app.init()
  const fastify = app.getHttpAdapter().getInstance() as Inject & { ready(): Promise<void> }
  await fastify.ready()
  return async (query) => fastify.inject({ method: 'POST', url: '/graphql', payload: { query } })
}

if (nest) {
  test('fields of GraphQL are limited each by itself', async () => {
    const limiter = limiterWith({ defaultLimits: [twice] })
    const send = await open(nest, limiter)
    const ask = async (query: string): Promise<unknown> => {
      const { data, errors } = (await send(query)).json()
      return errors ? errors.map(({ message, extensions }) => [message, extensions]) : data
    }
    expect([await ask('{ cats }'), await ask('{ cats }')]).toEqual([{ cats: 'tom' }, { cats: 'tom' }])
    const refusal = { code: 'RATE_LIMITED', http: { status: 429 } }
    expect(await ask('{ cats }')).toEqual([[twice, refusal]])
    expect([await ask('mutation { addCat }'), await ask('mutation { addCat }')]).toEqual([
      { addCat: 'added' },
      [[once, refusal]],
    ])
    expect([await ask('{ free }'), await ask('{ free }'), await ask('{ free }')]).toEqual(
      [1, 2, 3].map(() => ({ free: 'ok' })),
    )
    await limiter.clear({ key: '127.0.0.1', endpoint: 'Query.cats' })
    expect(await ask('{ cats }')).toEqual({ cats: 'tom' })
  })
}
