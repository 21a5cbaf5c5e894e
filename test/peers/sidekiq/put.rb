# Puts jobs into a queue: ruby put.rb QUEUE COUNT MS
require_relative 'jobs'

name, count, ms = ARGV
count.to_i.times { |number| Takes.set(queue: name).perform_async(number, ms.to_i) }
