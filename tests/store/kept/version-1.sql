CREATE TABLE IF NOT EXISTS lines
(
    customer_id String,
    collected_at DateTime64(6, 'UTC'),
    run_id String,
    write_id UUID,
    position UInt32,
    period LowCardinality(String),
    service LowCardinality(String),
    description String,
    product LowCardinality(String),
    started_at Nullable(DateTime64(6, 'UTC')),
    ended_at Nullable(DateTime64(6, 'UTC')),
    units Nullable(String),
    unit_type LowCardinality(String),
    unit_price Nullable(String),
    total Decimal(18, 6),
    resource_id Nullable(String),
    region LowCardinality(Nullable(String))
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(collected_at)
ORDER BY (customer_id, collected_at, run_id, write_id, position)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS resources
(
    customer_id String,
    collected_at DateTime64(6, 'UTC'),
    run_id String,
    write_id UUID,
    position UInt32,
    resource_id String,
    kind LowCardinality(String),
    label String,
    region LowCardinality(String),
    state LowCardinality(String),
    plan LowCardinality(Nullable(String)),
    hostname String,
    addresses String,
    tags String,
    created_at Nullable(DateTime64(6, 'UTC')),
    cluster Nullable(String),
    compute_class LowCardinality(String),
    monthly_cost Nullable(Decimal(18, 6)),
    price_source LowCardinality(Nullable(String)),
    month_to_date Nullable(Decimal(18, 6))
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(collected_at)
ORDER BY (customer_id, collected_at, run_id, write_id, position)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS invoice_items
(
    customer_id String,
    invoice_id String,
    write_id UUID,
    position UInt32,
    service LowCardinality(String),
    description String,
    product LowCardinality(String),
    started_at Nullable(DateTime64(6, 'UTC')),
    ended_at Nullable(DateTime64(6, 'UTC')),
    units Nullable(String),
    unit_type LowCardinality(String),
    unit_price Nullable(String),
    total Decimal(18, 6)
)
ENGINE = MergeTree
ORDER BY (customer_id, invoice_id, write_id, position)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS invoices
(
    customer_id String,
    write_id UUID,
    invoice_id String,
    issued_at Nullable(DateTime64(6, 'UTC')),
    amount Decimal(18, 6),
    period LowCardinality(String)
)
ENGINE = MergeTree
ORDER BY (customer_id, invoice_id, write_id)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS runs
(
    write_id UUID,
    customer_id String,
    run_id String,
    collected_at DateTime64(6, 'UTC'),
    complete Bool,
    timestamp DateTime64(6, 'UTC'),
    metrics_customer_id String,
    billing_period LowCardinality(String),
    account_balance Nullable(Decimal(18, 6)),
    pending_charges Decimal(18, 6),
    monthly_spend Nullable(Decimal(18, 6)),
    gpu_cost Nullable(Decimal(18, 6)),
    compute_cost Nullable(Decimal(18, 6)),
    storage_cost Nullable(Decimal(18, 6)),
    network_cost Nullable(Decimal(18, 6)),
    backup_cost Nullable(Decimal(18, 6)),
    other_cost Nullable(Decimal(18, 6)),
    instance_count Nullable(Int64),
    gpu_instance_count Nullable(Int64),
    bare_metal_count Nullable(Int64),
    idle_instances Nullable(Int64),
    underutilized_resources Nullable(Int64),
    snapshot_waste Nullable(Decimal(18, 6))
)
ENGINE = MergeTree
ORDER BY (customer_id, collected_at, run_id, write_id)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS history_version
(
    version UInt32
)
ENGINE = MergeTree
ORDER BY (version)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1;
