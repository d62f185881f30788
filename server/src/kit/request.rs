//! Typed requests to objects. A request names its namespace, verb, question and answer.
//!
//! `requests!` declares requests in `calls`, one per row; `answers!` handles them in the object. The compiler checks the types of both sides.

use protocol::people::session::SHARDS;
use worker::{Env, Request as HttpRequest, Response};

use super::body::MessageBody;
use super::call::{self, in_portions, refuse};
use super::namespace::Namespace;
use crate::runtime;
use crate::runtime::call_error::CallError;

/// Request to the objects of one namespace.
pub trait Request {
    type Question: MessageBody;
    type Answer: MessageBody;
    const TO: Namespace;
    /// The verb: the path without its slash.
    const VERB: &'static str;
    /// Header of the question; `None` for the body.
    const HEADER: Option<&'static str> = None;

    /// Calls the object `id`.
    ///
    /// # Errors
    ///
    /// The refusal of the object, or the reason why it did not answer.
    async fn ask(env: &Env, id: &str, question: &Self::Question) -> Result<Self::Answer, CallError> {
        Self::ask_in(env, Self::TO, id, question).await
    }

    /// Calls an object of another namespace that answers this request as well.
    ///
    /// # Errors
    ///
    /// The refusal of the object, or the reason why it did not answer.
    async fn ask_in(
        env: &Env,
        namespace: Namespace,
        id: &str,
        question: &Self::Question,
    ) -> Result<Self::Answer, CallError> {
        let question = question.to_text()?;
        let text = match Self::HEADER {
            Some(header) => {
                call::send_with(env, namespace, id, Self::VERB, (header, &question), runtime::CallBody::None).await?
            }
            None => call::send(env, namespace, id, Self::VERB, &question).await?,
        };
        Ok(Self::Answer::of_text(text)?)
    }

    /// Reads the question, in the called object.
    ///
    /// # Errors
    ///
    /// An error if the question cannot be read.
    async fn question(request: &mut HttpRequest) -> worker::Result<Self::Question> {
        let text = match Self::HEADER {
            Some(header) => request.headers().get(header)?.unwrap_or_default(),
            None => request.text().await?,
        };
        Self::Question::of_text(text).map_err(|fault| worker::Error::RustError(fault.0))
    }

    /// Returns the response of the called object.
    fn answer(result: Result<Self::Answer, CallError>) -> worker::Result<Response> {
        match result.and_then(|answer| Ok(answer.to_text()?)) {
            Ok(text) => Response::ok(text),
            Err(error) => refuse(error),
        }
    }
}

/// Asks all shards of a namespace the same question. Returns the answers in the order of the shards.
pub async fn ask_shards<R: Request>(env: &Env, question: &R::Question) -> Vec<Result<R::Answer, CallError>> {
    in_portions(SHARDS.iter().map(|shard| R::ask(env, shard, question))).await
}

/// Declares requests: `/// Doc.` `Name "verb": Question => Answer;` for the objects of one namespace. With `"verb" in HEADER` the
/// question travels in that header.
macro_rules! requests {
    ($to:ident: $($(#[$doc:meta])* $name:ident $verb:literal $(in $header:ident)?: $question:ty => $answer:ty;)+) => {
        $(
            $(#[$doc])*
            pub struct $name;

            impl $crate::kit::request::Request for $name {
                type Question = $question;
                type Answer = $answer;
                const TO: $crate::kit::namespace::Namespace = $crate::kit::namespace::Namespace::$to;
                const VERB: &'static str = $verb;
                $(const HEADER: Option<&'static str> = Some($header);)?
            }
        )+
    };
}

/// Handles a request by its verb: `Name => |question| result,`. Other verbs are handled by the code behind `else`, or answered with 404.
macro_rules! answers {
    ($request:ident: $($name:ty => |$question:pat_param| $result:expr,)+) => {
        $crate::kit::request::answers! { $request:
            $($name => |$question| $result,)+
            else => ::worker::Response::error("no such call", 404)
        }
    };
    ($request:ident: $($name:ty => |$question:pat_param| $result:expr,)+ else => $otherwise:expr) => {
        match $request.path().trim_start_matches('/') {
            $(
                <$name as $crate::kit::request::Request>::VERB => {
                    let $question = <$name as $crate::kit::request::Request>::question(&mut $request).await?;
                    <$name as $crate::kit::request::Request>::answer($result)
                }
            )+
            _ => $otherwise,
        }
    };
}

pub(crate) use {answers, requests};
