/**
 * Claude models through the Messages API.
 *
 * @since 0.1.0
 * @module
 */
export * from "./layers/arcan/AnthropicModel.js"
