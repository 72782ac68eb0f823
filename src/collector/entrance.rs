//! The way in to one target: there from the start, or made when it is first wanted, because its secret has to be fetched from
//! another program. That may take a while, and it takes it from its own target alone.

use crate::model::Failure;
use futures_util::future::BoxFuture;
use std::sync::Arc;
use tokio::sync::OnceCell;

/// Makes it.
type Make<T> = Box<dyn Fn() -> BoxFuture<'static, Result<T, Failure>> + Send + Sync>;

/// A client or an agent, or why there is none. Clones lead to the same one.
pub struct Entrance<T>(Arc<Place<T>>);

struct Place<T> {
    made: OnceCell<Arc<T>>,
    make: Make<T>,
}

impl<T> Clone for Entrance<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T: Send + Sync + 'static> Entrance<T> {
    /// One that is there, or that there never will be.
    pub fn ready(made: Result<T, Failure>) -> Self {
        match made {
            Ok(made) => {
                Self(Arc::new(Place { made: OnceCell::new_with(Some(Arc::new(made))), make: Box::new(|| never()) }))
            }
            Err(failure) => Self::later(move || Box::pin(std::future::ready(Err(failure.clone())))),
        }
    }

    /// One that is made when it is wanted. What was made is kept; what failed is tried again.
    pub fn later(make: impl Fn() -> BoxFuture<'static, Result<T, Failure>> + Send + Sync + 'static) -> Self {
        Self(Arc::new(Place { made: OnceCell::new(), make: Box::new(make) }))
    }

    /// The client or the agent. Whoever comes while it is made waits for that.
    pub async fn get(&self) -> Result<Arc<T>, Failure> {
        self.0.made.get_or_try_init(async || (self.0.make)().await.map(Arc::new)).await.cloned()
    }
}

/// What is there is never made.
fn never<T: Send + 'static>() -> BoxFuture<'static, Result<T, Failure>> {
    Box::pin(std::future::pending())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::FailureClass;
    use std::sync::atomic::{AtomicU32, Ordering};

    #[tokio::test]
    async fn what_is_there_is_given_and_what_is_not_says_why() {
        assert_eq!(Entrance::ready(Ok(7)).get().await.as_deref(), Ok(&7));
        let failure = Failure::new(FailureClass::Unauthorized, "no secret");
        let none = Entrance::<u8>::ready(Err(failure.clone()));
        assert_eq!(none.get().await, Err(failure.clone()));
        assert_eq!(none.get().await, Err(failure), "and says it again");
    }

    #[tokio::test]
    async fn it_is_made_once_and_a_failure_is_tried_again() {
        let tries = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&tries);
        let entrance = Entrance::later(move || {
            let nth = counted.fetch_add(1, Ordering::Relaxed);
            Box::pin(async move {
                tokio::task::yield_now().await;
                if nth == 0 { Err(Failure::new(FailureClass::Unauthorized, "locked")) } else { Ok(nth) }
            })
        });
        assert!(entrance.get().await.is_err());
        let another = entrance.clone();
        let (one, two) = tokio::join!(entrance.get(), another.get());
        assert_eq!((one.as_deref(), two.as_deref()), (Ok(&1), Ok(&1)));
        assert_eq!(tries.load(Ordering::Relaxed), 2);
    }
}
