<?php
// The end of the agent, see ../agent.php: by which way it was called.

if ( isset( $fusebox_request ) ) {
	$fusebox_agent->cli( $fusebox_request );
} else {
	$fusebox_agent->plugin();
}
