// Replaces @smithy/core/event-streams in the bundles: docs/decisions/0014-stand-ins-in-the-bundles.md
export const EventStreamSerde = unsupported;
export const eventStreamSerdeProvider = unsupported;

function unsupported() {
  throw new Error('This bundle has no event streams: DynamoDB does not use them.');
}
