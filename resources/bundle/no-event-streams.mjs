// Stands in for @smithy/core/event-streams in the bundles: docs/decisions/0014-stand-ins-in-the-bundles.md
export const EventStreamSerde = refuse;
export const eventStreamSerdeProvider = refuse;

function refuse() {
  throw new Error('There are no event streams in this bundle: DynamoDB has none.');
}
