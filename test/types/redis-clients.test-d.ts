import type { Cluster, Redis } from 'ioredis5'
import type { createClient, createClientPool, createCluster, createSentinel } from 'redis5'
import { expectTypeOf } from 'vitest'
import type { RedisClient } from '../../src/storage/redis/redis-client.ts'

// Tests that run with these versions see the types of the present ones.
expectTypeOf<Redis | Cluster>().toExtend<RedisClient>()
expectTypeOf<ReturnType<typeof createClient>>().toExtend<RedisClient>()
expectTypeOf<ReturnType<typeof createClientPool>>().toExtend<RedisClient>()
expectTypeOf<ReturnType<typeof createCluster>>().toExtend<RedisClient>()
expectTypeOf<ReturnType<typeof createSentinel>>().toExtend<RedisClient>()
