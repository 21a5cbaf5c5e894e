<?php
// A real Laravel queue without the framework around it: illuminate/queue and illuminate/redis over the redis extension.
//   php peer.php push NAME                puts one job of each sort into the queue
//   php peer.php tell NAME DELAY JSON ... puts string jobs that print these data, delayed so many seconds
//   php peer.php die NAME                 puts a job that takes its worker down the first time
//   php peer.php hold NAME                puts a job that says that it started, waits to be told to go on, and is released
//   php peer.php take NAME COUNT MS       puts so many jobs that take so long and note in `began` and `done` that they ran
//   php peer.php work NAME JOBS SECONDS   runs the real worker loop until it did so many jobs, or for so many seconds
//   php peer.php wait NAME JOBS SECONDS   the same, but blocks for half a minute when the queue is empty
// Environment: REDIS_PORT, LARAVEL_PREFIX, LARAVEL_AUTOLOAD (a composer vendor/autoload.php, else Debian's packages).
declare(strict_types=1);

use Illuminate\Bus\Dispatcher as Bus;
use Illuminate\Container\Container;
use Illuminate\Contracts\Bus\Dispatcher as BusContract;
use Illuminate\Contracts\Container\Container as ContainerContract;
use Illuminate\Contracts\Debug\ExceptionHandler;
use Illuminate\Events\Dispatcher as Events;
use Illuminate\Contracts\Events\Dispatcher as EventsContract;
use Illuminate\Queue\Capsule\Manager as Queue;
use Illuminate\Queue\Connectors\RedisConnector;
use Illuminate\Queue\Worker;
use Illuminate\Queue\WorkerOptions;
use Illuminate\Redis\RedisManager;

$autoload = getenv('LARAVEL_AUTOLOAD');
if ($autoload !== false && $autoload !== '') {
    require $autoload;
} else {
    foreach (['Container', 'Events', 'Redis', 'Queue', 'Bus', 'Support'] as $package) {
        require_once "/usr/share/php/Illuminate/$package/autoload.php";
    }
}

/** Ends well. */
class SendReceipt
{
    public $tries = 3;
    public $timeout = 45;
    protected $order;
    private $secret = 'kept';

    public function __construct(int $order)
    {
        $this->order = $order;
    }

    public function handle(): void
    {
    }
}

/** Fails once, and waits two minutes for its second attempt. */
class ChargeCard
{
    public $tries = 2;
    public $backoff = [120, 600];
    public $customer = 'مشتری';

    public function handle(): void
    {
        throw new RuntimeException('card declined');
    }
}

/** Ends its own process as kill -9 would, so that it stays reserved. */
class KillWorker
{
    public $tries = 1;

    public function handle(): void
    {
        posix_kill(getmypid(), 9);
    }
}

class PlainHandler
{
    public function fire($job, array $data): void
    {
        $job->delete();
    }
}

/** Prints what it was given, as the queue kept it. */
class Tell
{
    public function aloud($job, array $data): void
    {
        echo 'ran ', json_encode($data), ' attempt ', $job->attempts(), "\n";
        $job->delete();
    }
}

/** Ends its own process the first time, as kill -9 would. */
class DiesOnce
{
    public $tries = 3;

    public function handle(): void
    {
        if (Container::getInstance()['redis']->connection('default')->setnx('died', '1')) {
            posix_kill(getmypid(), 9);
        }
        echo "ran after all\n";
    }
}

/** Runs until it is told to go on, then gives the job back for a minute. */
class Holds
{
    public function fire($job, array $data): void
    {
        $redis = Container::getInstance()['redis']->connection('default');
        $redis->rpush('started', '1');
        $redis->blpop('go', 20);
        $job->release(60);
    }
}

/** Notes that it began, takes its time, and notes that it is done. */
class Takes
{
    public function fire($job, array $data): void
    {
        $redis = Container::getInstance()['redis']->connection('default');
        $redis->rpush('began', (string) $data['n']);
        usleep($data['ms'] * 1000);
        $redis->rpush('done', (string) $data['n']);
        $job->delete();
    }
}

class Application extends Container
{
    public function isDownForMaintenance(): bool
    {
        return false;
    }
}

class Reports implements ExceptionHandler
{
    public function report(Throwable $e)
    {
        echo 'reported ', $e->getMessage(), "\n";
    }

    public function shouldReport(Throwable $e)
    {
        return true;
    }

    public function render($request, Throwable $e)
    {
    }

    public function renderForConsole($output, Throwable $e)
    {
    }
}

$app = new Application();
Container::setInstance($app);
$app->instance(ContainerContract::class, $app);
$app->instance(Container::class, $app);
$app->singleton('events', fn ($app) => new Events($app));
$app->alias('events', EventsContract::class);
$app->singleton(BusContract::class, fn ($app) => new Bus($app));
$app->alias(BusContract::class, Bus::class);
$app->singleton(ExceptionHandler::class, fn () => new Reports());

$prefix = getenv('LARAVEL_PREFIX');
$redis = new RedisManager($app, 'phpredis', [
    'options' => ['prefix' => $prefix === false ? 'laravel_database_' : $prefix],
    'default' => ['host' => '127.0.0.1', 'port' => (int) getenv('REDIS_PORT'), 'database' => 0],
]);
$app->instance('redis', $redis);

$capsule = new Queue($app);
$manager = $capsule->getQueueManager();
$manager->addConnector('redis', fn () => new RedisConnector($redis));
[, $verb, $name] = $argv;
$capsule->addConnection(
    [
        'driver' => 'redis',
        'connection' => 'default',
        'queue' => 'default',
        'retry_after' => 90,
        'block_for' => $verb === 'wait' ? 30 : null,
    ],
    'redis',
);
$manager->setDefaultDriver('redis');

if ($verb === 'push') {
    $queue = $manager->connection('redis');
    $queue->push(new SendReceipt(9007199254740993), '', $name);
    $queue->push(new ChargeCard(), '', $name);
    $queue->push(new KillWorker(), '', $name);
    $queue->push('PlainHandler', ['report' => 17], $name);
    $queue->later(3600, new SendReceipt(2), '', $name);
    exit(0);
}
if ($verb === 'tell') {
    $queue = $manager->connection('redis');
    foreach (array_slice($argv, 4) as $data) {
        $data = json_decode($data, true);
        $argv[3] === '0' ? $queue->push('Tell@aloud', $data, $name) : $queue->later((int) $argv[3], 'Tell@aloud', $data, $name);
    }
    exit(0);
}
if ($verb === 'take') {
    for ($n = 0; $n < (int) $argv[3]; $n++) {
        $manager->connection('redis')->push('Takes', ['n' => $n, 'ms' => (int) $argv[4]], $name);
    }
    exit(0);
}
if ($verb === 'die' || $verb === 'hold') {
    $manager->connection('redis')->push($verb === 'die' ? new DiesOnce() : 'Holds', $verb === 'die' ? '' : [], $name);
    exit(0);
}
$options = new WorkerOptions();
$options->sleep = 0;
$options->maxJobs = (int) $argv[3];
$options->maxTime = (int) $argv[4];
$options->stopWhenEmpty = $verb === 'work';
$worker = new Worker($manager, $app['events'], $app[ExceptionHandler::class], fn () => false);
exit($worker->daemon('redis', $name, $options));
