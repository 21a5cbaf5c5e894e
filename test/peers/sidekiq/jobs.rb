# Jobs for a real Sidekiq, which finds its Redis in REDIS_URL. Each notes in `began` and `done` that it ran.
require 'sidekiq'

class Takes
  include Sidekiq::Worker

  def perform(number, ms)
    Sidekiq.redis { |redis| redis.rpush('began', number.to_s) }
    sleep(ms / 1000.0)
    Sidekiq.redis { |redis| redis.rpush('done', number.to_s) }
  end
end
